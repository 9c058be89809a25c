// Any bytes as HTTP requests, cut at any two places: the same bytes must give
// the same request or the same error in one piece and in three.

#include "runtime/http/RequestParser.h"

#include <algorithm>

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

namespace {

struct Outcome {
  RequestParser::State state = RequestParser::State::Header;
  HttpRequest request;
  std::string rest;
  std::string error;
};

} // namespace

static Outcome parse(std::string_view bytes, size_t first, size_t second) {
  RequestParser parser(HttpLimits{
      .maxHeaderBytes = 2000, .maxHeaderFields = 20, .maxBodyBytes = 1000});
  std::string input;
  Outcome out;
  size_t at = 0;
  for (size_t end : {first, second, bytes.size()}) {
    input += bytes.substr(at, end - at);
    at = end;
    out.state = parser.feed(input);
  }
  if (out.state == RequestParser::State::Done) {
    out.request = parser.take();
    out.rest = input;
  }
  if (out.state == RequestParser::State::Failed)
    out.error = parser.error().message;
  return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 4 || size > 8192)
    return 0;
  std::string_view bytes = textOf(data + 4, size - 4);
  size_t cuts[2] = {data[0] * 256U + data[1], data[2] * 256U + data[3]};
  for (size_t &cut : cuts)
    cut %= bytes.size() + 1;
  std::sort(cuts, cuts + 2);
  Outcome whole = parse(bytes, bytes.size(), bytes.size());
  Outcome pieces = parse(bytes, cuts[0], cuts[1]);
  require(whole.state == pieces.state, "cuts change the outcome");
  require(whole.error == pieces.error, "cuts change the error");
  require(whole.request.path == pieces.request.path &&
              whole.request.body == pieces.request.body &&
              whole.request.host == pieces.request.host &&
              whole.request.origin == pieces.request.origin &&
              whole.request.keepAlive == pieces.request.keepAlive,
          "cuts change the request");
  require(whole.rest == pieces.rest, "cuts change what is left");
  return 0;
}
