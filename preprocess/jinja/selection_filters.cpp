#include "preprocess/jinja/describe.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/filters.hpp"
#include "preprocess/jinja/value_tests.hpp"

namespace hone::jinja {
namespace {

Value map(const Arguments& arguments, Run& run) {
  std::vector<Value> mapped;
  const Value& value = arguments.positional.at(0);
  const SequencePtr items = truth(value) ? items_of(value, run) : std::make_shared<const Sequence>();
  if (arguments.positional.size() == 1) {
    const auto bound = bind("map", arguments, {"value", "attribute", "default"}, 2);
    const Value* otherwise = bound[2] != nullptr && !bound[2]->is<None>() ? bound[2] : nullptr;
    for (const Value& item : items->items) mapped.push_back(path_of(item, *bound[1], otherwise, run));
  } else {
    const std::string& name = text_argument(arguments.positional[1], "map's filter").bytes();
    const Filter filter = find_filter(name);
    if (filter == nullptr) throw Fault("the filter '" + name + "' is not supported");
    Arguments call = arguments;
    call.positional.erase(call.positional.begin());
    for (const Value& item : items->items) {
      run.spend(1);
      call.positional[0] = item;
      mapped.push_back(filter(call, run));
    }
  }
  return make_sequence(Sequence::Kind::kGenerator, std::move(mapped));
}

enum class Keep { kMatching, kOthers };

// Positional: the value, the attribute where it goes by one, the test's name and what the test takes.
template <Keep kKeep, bool kByAttribute>
Value select(const Arguments& arguments, Run& run) {
  const std::vector<Value>& given = arguments.positional;
  std::size_t next = 1;
  if (kByAttribute && given.size() < 2) throw Fault("the attribute to select by is missing");
  const Value attribute = kByAttribute ? given[next++] : Value();
  ValueTest test = nullptr;
  Arguments call;
  call.named = arguments.named;
  if (next < given.size()) {
    const std::string& name = text_argument(given[next], "a test's name").bytes();
    test = find_test(name);
    if (test == nullptr) throw Fault("the test '" + name + "' is not supported");
    call.positional.assign(given.begin() + static_cast<std::ptrdiff_t>(next), given.end());
  }
  std::vector<Value> kept;
  const SequencePtr items =
      truth(given.at(0)) ? items_of(given.at(0), run) : std::make_shared<const Sequence>();
  for (const Value& item : items->items) {
    run.spend(2);
    const Value tested = kByAttribute ? path_of(item, attribute, nullptr, run) : item;
    bool holds = false;
    if (test != nullptr) {
      call.positional[0] = tested;
      holds = test(call, run);
    } else {
      holds = truth(tested);
    }
    if (holds == (kKeep == Keep::kMatching)) kept.push_back(item);
  }
  return make_sequence(Sequence::Kind::kGenerator, std::move(kept));
}

}  // namespace

std::span<const NamedFilter> selection_filters() {
  static constexpr NamedFilter kFilters[] = {{"map", map},
                                             {"select", select<Keep::kMatching, false>},
                                             {"selectattr", select<Keep::kMatching, true>},
                                             {"reject", select<Keep::kOthers, false>},
                                             {"rejectattr", select<Keep::kOthers, true>}};
  return kFilters;
}

}  // namespace hone::jinja
