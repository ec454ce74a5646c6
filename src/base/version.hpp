#pragma once

namespace hone {

/// The project's version.
extern const char* const kVersion;

/// The commit that was built, as of the last build; "unknown" where the source is no git checkout. With
/// changes that are not committed "-dirty-" and what tells them apart follow: programs that call themselves
/// alike are alike.
extern const char* const kGitHash;

}  // namespace hone
