#pragma once

#include <boost/program_options.hpp>
#include <string>

namespace hone {

enum class Words { kRefused, kCollected };

/// Reads the command line of a program whose flags all have one long name: a dash counts as an underscore, a
/// switch may be followed by True or False, names are never guessed from their beginning. Words that belong
/// to no flag are refused, or collected under "words" (std::vector<std::string>). Throws Error(kUsage), with
/// the nearest name.
boost::program_options::variables_map parse_command_line(
    int argc, const char* const* argv, const boost::program_options::options_description& flags,
    Words words = Words::kRefused);

/// The text of a flag that has to be there and not empty. Throws Error(kUsage).
std::string required(const boost::program_options::variables_map& values, const char* name);

}  // namespace hone
