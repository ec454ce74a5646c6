#include "preprocess/jinja/filters.hpp"

#include <algorithm>
#include <charconv>

#include "preprocess/jinja/lookup.hpp"

namespace hone::jinja {

Filter find_filter(std::string_view name) {
  for (const auto filters : {text_filters(), value_filters(), sequence_filters(), selection_filters()}) {
    for (const NamedFilter& known : filters) {
      if (known.name == name) return known.filter;
    }
  }
  return nullptr;
}

Value path_of(const Value& value, const Value& path, const Value* otherwise, Run& run) {
  if (path.as_text() == nullptr) return item(value, path, run);
  const std::string& names = path.as_text()->bytes();
  run.spend_text(names.size());
  Value found = value;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find('.', begin), names.size());
    const std::string name = names.substr(begin, end - begin);
    std::int64_t index = 0;
    const auto number = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool numeric = !name.empty() && number.ptr == name.data() + name.size() && name[0] != '-';
    found = item(found, numeric ? Value(index) : Value::text(name), run);
    if (otherwise != nullptr && found.is<Undefined>()) found = *otherwise;
    begin = end + 1;
  }
  return found;
}

}  // namespace hone::jinja
