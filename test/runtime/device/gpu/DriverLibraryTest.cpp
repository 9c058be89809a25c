#include "runtime/device/gpu/DriverLibrary.h"

#include "runtime/device/cuda/CudaDriver.h"

#include <gmock/gmock.h>

#include "test/support/TempFolder.h"

namespace g4rt::gpu {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string complaint(std::vector<const char *> names) {
  auto find = openDriver(cuda::kCudaFacts, names);
  return find ? "none" : find.error().toString();
}

TEST(OpenDriverTest, TheFirstLibraryThatIsThereIsTaken) {
  const char *names[] = {"libno-such-driver.so.7", "libc.so.6"};
  auto find = openDriver(cuda::kCudaFacts, names);
  ASSERT_TRUE(find) << find.error().message();
  EXPECT_TRUE((*find)("malloc"));
  EXPECT_FALSE((*find)("cuInit"));
}

TEST(OpenDriverTest, WhereNoneIsThereTheFirstIsNamed) {
  EXPECT_THAT(complaint({"libno-such-driver.so.7", "libno-such-driver.so.6"}),
              AllOf(HasSubstr("NotFound: CUDA driver: none is installed: "
                              "libno-such-driver.so.7"),
                    Not(HasSubstr("so.6"))));
}

TEST(OpenDriverTest, OneThatIsThereAndCannotBeLoadedSaysWhy) {
  TempFolder folder;
  std::string path = folder.write("libdriver.so.6", "no library");
  EXPECT_THAT(complaint({"libno-such-driver.so.7", path.c_str()}),
              AllOf(HasSubstr("the one that is installed cannot be loaded"),
                    HasSubstr(path)));
}

TEST(AskVersionTest, ADriverThatGivesNoneIsRefused) {
  auto nothing = [](const char *) -> void * { return nullptr; };
  auto version = askVersion(cuda::kCudaFacts, nothing, "getVersion");
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().toString(),
            "NotFound: CUDA driver: the library has no getVersion");
  auto failing = [](const char *) {
    return reinterpret_cast<void *>(+[](int *) { return 34; });
  };
  version = askVersion(cuda::kCudaFacts, failing, "getVersion");
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().message(), "CUDA driver: getVersion says error 34");
}

} // namespace
} // namespace g4rt::gpu
