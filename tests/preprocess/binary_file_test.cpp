#include "preprocess/binary_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hone {
namespace {

namespace fs = std::filesystem;

class BinaryFile : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(path_); }
  std::string refusal() const {
    try {
      BinaryReader file(path_);
      std::uint64_t first = 0, second = 0;
      file(first, second);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kRunTimeFailure);
      return error.what();
    }
    return "";
  }

  fs::path path_ = fs::path(testing::TempDir()) / ("hone-binary-" + std::to_string(::getpid()));
};

TEST_F(BinaryFile, OneThatIsCutShortIsToBeRemoved) {
  BinaryWriter writer(path_);
  writer(std::uint64_t{1}, std::uint64_t{2});
  writer.close();
  EXPECT_EQ(refusal(), "");
  fs::resize_file(path_, 12);
  EXPECT_NE(refusal().find("(it is cut short); remove its folder"), std::string::npos) << refusal();
}

TEST_F(BinaryFile, OneThatCannotBeReadIsNotToBeRemovedAndHasTheSystemsReason) {
  std::string text = refusal();
  EXPECT_NE(text.find("No such file"), std::string::npos) << text;
  EXPECT_EQ(text.find("remove"), std::string::npos) << text;
  fs::create_directory(path_);  // opens, and fails when it is read
  text = refusal();
  EXPECT_NE(text.find("Is a directory"), std::string::npos) << text;
  EXPECT_EQ(text.find("remove"), std::string::npos) << text;
}

TEST_F(BinaryFile, ALackOfOpenFilesIsToldFromDamage) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lowered{1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
  const std::string text = refusal();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_NE(text.find("Too many open files"), std::string::npos) << text;
  EXPECT_NE(text.find("ulimit -n"), std::string::npos) << text;
}

}  // namespace
}  // namespace hone
