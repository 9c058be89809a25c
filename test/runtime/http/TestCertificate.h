//===- TestCertificate.h - Certificates made for a test ---------*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_HTTP_TESTCERTIFICATE_H
#define G4_TEST_RUNTIME_HTTP_TESTCERTIFICATE_H

#include "runtime/http/TlsContext.h"

#include <fstream>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sstream>
#include <string>

#include "test/support/TempFolder.h"

namespace g4rt {

/// A certificate that signs itself, and its key, as files of a folder.
class TestCertificate {
public:
  /// Valid from `fromSeconds` to `untilSeconds`, counted from now.
  explicit TestCertificate(long fromSeconds = -60, long untilSeconds = 3600) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), fromSeconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate), untilSeconds);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char *>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_sign(certificate, key, EVP_sha256());
    write(files_.certificates,
          [&](std::FILE *file) { PEM_write_X509(file, certificate); });
    write(files_.key, [&](std::FILE *file) {
      PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    X509_free(certificate);
    EVP_PKEY_free(key);
  }

  const TlsFiles &files() const { return files_; }
  std::shared_ptr<const TlsContext> context() const {
    return *TlsContext::load(files_);
  }
  std::string path(const std::string &name) const { return folder_.path(name); }

private:
  template <typename Write>
  static void write(const std::string &path, Write write) {
    std::FILE *file = std::fopen(path.c_str(), "w");
    write(file);
    std::fclose(file);
  }

  TempFolder folder_;
  TlsFiles files_{folder_.path("cert.pem"), folder_.path("key.pem")};
};

} // namespace g4rt

#endif // G4_TEST_RUNTIME_HTTP_TESTCERTIFICATE_H
