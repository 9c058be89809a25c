#include "runtime/http/TlsContext.h"

#include <gtest/gtest.h>

#include <fstream>

#include "test/runtime/http/TestCertificate.h"

namespace g4rt {
namespace {

std::string wrong(const TlsFiles &files) {
  auto context = TlsContext::load(files);
  return context ? "ok" : context.error().message();
}

TEST(TlsContextTest, ACertificateAndItsKeyAreTaken) {
  TestCertificate one;
  auto context = TlsContext::load(one.files());
  ASSERT_TRUE(context) << context.error().toString();
  EXPECT_EQ((*context)->timeWarning(), "");
}

TEST(TlsContextTest, OneFileMayHoldBoth) {
  TestCertificate one;
  std::string both = one.path("both.pem");
  std::ofstream(both) << std::ifstream(one.files().key).rdbuf()
                      << std::ifstream(one.files().certificates).rdbuf();
  EXPECT_EQ(wrong({.certificates = both}), "ok");
}

TEST(TlsContextTest, AKeyOfAnotherCertificateIsRefused) {
  TestCertificate one, two;
  std::string what = wrong({one.files().certificates, two.files().key});
  EXPECT_NE(what.find("not that of the certificate"), what.npos) << what;
  EXPECT_TRUE(what.starts_with(two.files().key)) << what;
}

TEST(TlsContextTest, FilesWithoutWhatTheyShouldHoldAreNamed) {
  TestCertificate one;
  const TlsFiles &files = one.files();
  std::string text = one.path("text.pem");
  std::ofstream(text) << "hello\n";
  EXPECT_TRUE(wrong({text, files.key}).starts_with(text + ": holds no cert"));
  EXPECT_TRUE(
      wrong({files.certificates, text}).starts_with(text + ": holds no priv"));
  EXPECT_TRUE(wrong({.certificates = files.certificates})
                  .starts_with(files.certificates + ": holds no private key"));
  EXPECT_NE(wrong({"/missing.pem", files.key}).find("/missing.pem"),
            std::string::npos);
}

TEST(TlsContextTest, TheTimeOfACertificateIsLookedAt) {
  EXPECT_TRUE(TestCertificate(-7200, -3600)
                  .context()
                  ->timeWarning()
                  .starts_with("it expired on "));
  EXPECT_TRUE(TestCertificate(3600, 7200)
                  .context()
                  ->timeWarning()
                  .starts_with("it is valid from "));
}

} // namespace
} // namespace g4rt
