#include "train/trained_parameters.hpp"

namespace hone {

StateReader::Shapes trained_parameters(const std::vector<UnitSpec>& table) {
  StateReader::Shapes shapes;
  for (const UnitSpec& unit : table) {
    for (const WeightSpec& weight : with_role(unit, WeightRole::kTrained).weights) {
      for (const WeightPart& part : weight.parts) shapes[part.name] = part.shape;
    }
  }
  return shapes;
}

}  // namespace hone
