#include "inspect/settings.hpp"

#include <gtest/gtest.h>

#include <map>

namespace hone {
namespace {

std::string value_of(const Manifest& manifest, const std::string& name) {
  for (const Setting& setting : settings_of(manifest)) {
    if (setting.name == name) return setting.value;
  }
  ADD_FAILURE() << "no setting " << name;
  return "";
}

TEST(Settings, TellNoSystemTurnFromAnEmptyOne) {
  Manifest manifest;
  EXPECT_EQ(value_of(manifest, "system"), "none");
  manifest.chat_template.system_prompt = "";
  EXPECT_EQ(value_of(manifest, "system"), "\"\"");
  manifest.chat_template.system_prompt = "Be\x1b\nbrief.";
  EXPECT_EQ(value_of(manifest, "system"), "\"Be\\u001b\\nbrief.\"");
}

TEST(Settings, TellTemplatesOfOneNameApart) {
  Manifest manifest;
  manifest.chat_template.name = "chatml";
  EXPECT_EQ(value_of(manifest, "template"), "chatml");
  manifest.chat_template.sha256 = "c0ffee";
  EXPECT_EQ(value_of(manifest, "template"), "chatml (SHA-256 c0ffee)");
}

}  // namespace
}  // namespace hone
