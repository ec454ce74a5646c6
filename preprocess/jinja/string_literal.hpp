#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hone::jinja {

/// What stands between the quotes of a string of a template, with Python's escapes resolved; an unknown one
/// stays as it is. Nothing for names of characters (\N{...}) and surrogates.
std::optional<std::string> unescaped(std::string_view text);

}  // namespace hone::jinja
