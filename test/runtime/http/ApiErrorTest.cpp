//===- ApiErrorTest.cpp - The error table ---------------------------------===//

#include "runtime/http/ApiError.h"

#include "runtime/base/Json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

ApiError ofArgument(std::string message) {
  return errorOf(Status(StatusCode::InvalidArgument, std::move(message)));
}

TEST(ApiErrorTest, TheFieldIsTheParam) {
  EXPECT_EQ(ofArgument("messages[2].role: bad").param, "messages[2].role");
  EXPECT_EQ(ofArgument("chat_template_kwargs[\"a: b\"]: bad").param,
            "chat_template_kwargs[\"a: b\"]");
  EXPECT_EQ(ofArgument("request: bad").param, "");
  EXPECT_EQ(ofArgument("no field here").param, "");
  EXPECT_EQ(ofArgument("two words: bad").param, "");
}

TEST(ApiErrorTest, MessagesHaveTheirCode) {
  EXPECT_EQ(ofArgument("context_length_exceeded: 1").code(),
            "context_length_exceeded");
  EXPECT_EQ(ofArgument("invalid JSON at byte 1: x").code(), "invalid_json");
  EXPECT_EQ(ofArgument("top_p: 3").code(), "invalid_value");
}

TEST(ApiErrorTest, EveryStatusCodeHasItsHttpStatus) {
  auto statusOf = [](StatusCode code, const char *message = "m") {
    return errorOf(Status(code, message)).status();
  };
  EXPECT_EQ(statusOf(StatusCode::InvalidArgument), 400);
  EXPECT_EQ(statusOf(StatusCode::NotFound), 404);
  EXPECT_EQ(statusOf(StatusCode::ResourceExhausted), 429);
  EXPECT_EQ(statusOf(StatusCode::Unavailable), 503);
  EXPECT_EQ(statusOf(StatusCode::Cancelled), 499);
  EXPECT_EQ(statusOf(StatusCode::Unimplemented), 400);
  EXPECT_EQ(statusOf(StatusCode::DataLoss), 500);
  EXPECT_EQ(statusOf(StatusCode::Internal), 500);
}

TEST(ApiErrorTest, InternalFailuresKeepTheirTextToThemselves) {
  ApiError error = errorOf(Status(StatusCode::Internal, "/secret/path 0x7f"));
  EXPECT_EQ(error.message, "internal error");
  EXPECT_EQ(errorOf(Status(StatusCode::Internal, "numerical_error: x")).code(),
            "numerical_error");
}

TEST(ApiErrorTest, TheBodyIsOpenAisObject) {
  json::value body =
      json::parse(errorJson({ErrorKind::InvalidValue, "a\n\"b\"", "top_p"}));
  EXPECT_EQ(body, json::parse(R"({"error":{"message":"a\n\"b\"",
      "type":"invalid_request_error","param":"top_p","code":"invalid_value"}})"));
}

TEST(ApiErrorTest, ClientsAreToldWhenToComeBack) {
  for (ErrorKind kind : {ErrorKind::QueueFull, ErrorKind::Draining}) {
    HttpResponse response = errorResponse({kind, "m"});
    ASSERT_EQ(response.headers.size(), 1u);
    EXPECT_EQ(response.headers[0].name, "Retry-After");
  }
  HttpResponse later = errorResponse(
      {.kind = ErrorKind::KeyLimit, .message = "m", .retrySeconds = 17});
  EXPECT_EQ(later.status, 429);
  EXPECT_EQ(later.headers.at(0).value, "17");
}

} // namespace
} // namespace g4rt
