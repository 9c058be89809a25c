//===- TlsContext.cpp - A certificate and its key -------------------------===//

#include "runtime/http/TlsContext.h"

#include "runtime/base/OpenFile.h"

#include <algorithm>
#include <cstring>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string_view>
#include <utility>

namespace g4rt {

namespace {

/// A pointer of OpenSSL's with the function that frees it.
template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T *pointer) const {
    Free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

} // namespace

static Status wrong(const std::string &path, const std::string &what) {
  ERR_clear_error();
  return Status(StatusCode::InvalidArgument, path + ": " + what);
}

/// OpenSSL's words for its last error.
static std::string lastError() {
  char text[256];
  ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
  return text;
}

static Bio reader(const std::string &text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

//===----------------------------------------------------------------------===//
// The two files
//===----------------------------------------------------------------------===//

static Status useCertificates(SSL_CTX *context, const std::string &path) {
  G4RT_ASSIGN(std::string text, readSmallFile(path));
  Bio bio = reader(text);
  auto next = [&] {
    return Certificate(
        PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
  };
  Certificate own = next();
  if (!own)
    return wrong(path, "holds no certificate, needs one in PEM, "
                       "-----BEGIN CERTIFICATE-----");
  if (SSL_CTX_use_certificate(context, own.get()) != 1)
    return wrong(path, "a certificate that cannot be used: " + lastError());
  while (Certificate issuer = next())
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) == 1)
      issuer.release(); // the context's
  ERR_clear_error();    // the end of the file is no error
  return Status();
}

/// OpenSSL would ask on the terminal. `asked` is a bool.
static int notePassphrase(char *, int, int, void *asked) {
  *static_cast<bool *>(asked) = true;
  return -1;
}

static Status useKey(SSL_CTX *context, const TlsFiles &files) {
  const std::string &path = files.key.empty() ? files.certificates : files.key;
  G4RT_ASSIGN(std::string text, readSmallFile(path));
  bool needsPassphrase = false;
  Bio bio = reader(text);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, notePassphrase,
                                  &needsPassphrase));
  OPENSSL_cleanse(text.data(), text.size());
  if (needsPassphrase)
    return wrong(path, "the key needs a passphrase; needs a key without one, "
                       "in a file that only the server's user can read");
  if (!key)
    return wrong(path, "holds no private key, needs one in PEM, "
                       "-----BEGIN PRIVATE KEY-----");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return wrong(path, "the key is not that of the certificate in " +
                           files.certificates);
  return Status();
}

//===----------------------------------------------------------------------===//
// The context
//===----------------------------------------------------------------------===//

/// Clients that offer a choice get HTTP/1.1, which is all that there is.
static int chooseProtocol(SSL *, const unsigned char **out,
                          unsigned char *outSize, const unsigned char *offered,
                          unsigned int size, void *) {
  constexpr std::string_view kName = "http/1.1";
  for (unsigned int at = 0; at < size; at += 1 + offered[at]) {
    std::string_view name(reinterpret_cast<const char *>(offered) + at + 1,
                          std::min<size_t>(offered[at], size - at - 1));
    if (name != kName)
      continue;
    *out = offered + at + 1;
    *outSize = static_cast<unsigned char>(kName.size());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

Result<std::shared_ptr<const TlsContext>>
TlsContext::load(const TlsFiles &files) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  if (!context)
    return Status(StatusCode::ResourceExhausted, "TLS: " + lastError());
  std::shared_ptr<const TlsContext> out(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  // A connection that waits holds no buffers; what is written may move.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
                                SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nullptr);
  G4RT_TRY(useCertificates(context, files.certificates));
  G4RT_TRY(useKey(context, files));
  return out;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

static std::string textOf(const ASN1_TIME *time) {
  Bio bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  char *data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string TlsContext::timeWarning() const {
  const X509 *own = SSL_CTX_get0_certificate(context_);
  const ASN1_TIME *from = X509_get0_notBefore(own);
  const ASN1_TIME *until = X509_get0_notAfter(own);
  if (X509_cmp_current_time(until) < 0)
    return "it expired on " + textOf(until);
  if (X509_cmp_current_time(from) > 0)
    return "it is valid from " + textOf(from) + " on";
  return {};
}

} // namespace g4rt
