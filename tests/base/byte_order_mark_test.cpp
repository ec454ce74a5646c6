#include "base/byte_order_mark.hpp"

#include "base/base_test_support.hpp"

namespace hone {
namespace {

class ByteOrderMark : public Folder {};

TEST_F(ByteOrderMark, IsRefusedAtTheStartOfAFileByItsName) {
  const std::string path = file("marked.json", "\xEF\xBB\xBF{}").string();
  const std::string line = refusal(ExitCode::kData, [&] { require_no_byte_order_mark(path); });
  EXPECT_TRUE(line.starts_with(path + " starts with a byte order mark (")) << line;
  EXPECT_TRUE(line.ends_with("; save it as UTF-8 without the mark")) << line;
}

TEST_F(ByteOrderMark, IsNoneAnywhereElse) {
  for (const char* const text : {"{}", "", "\xEF\xBB", " \xEF\xBB\xBF"})
    EXPECT_NO_THROW(require_no_byte_order_mark(file("plain.json", text))) << text;
  EXPECT_NO_THROW(require_no_byte_order_mark(folder()));
  EXPECT_NO_THROW(require_no_byte_order_mark(folder() / "missing"));
}

}  // namespace
}  // namespace hone
