// Reads one JSON object a line: {"type", "learning_rate", "warmup_steps", "total_steps", "arguments",
// "steps"}; prints the rates of steps 0 .. steps - 1 as a JSON array, a line each.
#include "optim/schedule.hpp"

#include <iostream>
#include <string>

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto request = hone::OrderedJson::parse(line);
    const auto schedule = hone::LearningRateSchedule::make(
        {request.at("type"), request.at("learning_rate"), request.at("warmup_steps"),
         request.at("total_steps"), request.at("arguments")});
    auto rates = hone::OrderedJson::array();
    for (std::int64_t step = 0; step < request.at("steps").get<std::int64_t>(); ++step)
      rates.push_back(schedule.at(step));
    std::cout << rates.dump() << "\n";
  }
}
