//===- ServeBench.cpp - What sessions get from an engine ------------------===//
//
//   serve-bench MODEL.g4 [--sessions 1,4,10,32,100] [--ttft 610,8192]
//               [--random 200 --concurrency 100] [--json FILE]
//
// 0 instead of a list: none of these. Exit code 4 if the plan of the memory
// does not fit into the GPU's.
//
// Runs requests of random tokens through scheduler, executor and sampler, as
// g4rt serve does, without HTTP. Prints a table: time to ready, memory, time
// per output token (TPOT) by number of sessions, time to first token (TTFT) by
// length of the prompt, and a run of requests of random lengths, the form of
// vLLM's and SGLang's serving benchmarks on their random dataset.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Json.h"
#include "runtime/base/SystemMemory.h"
#include "runtime/engine/LoadedModel.h"
#include "runtime/engine/LocalEngine.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "bench/engine/RequestRun.h"

namespace {

using namespace g4rt;

struct Options {
  std::string file, json, device = "auto";
  int threads = 0;
  double gpuMemoryUtilization = 0.9;
  std::vector<int64_t> sessions = {1, 4, 10, 32, 100};
  int64_t prompt = 128, tokens = 128;
  std::vector<int64_t> ttft = {610};
  int repeat = 5;
  int64_t random = 0, randomLength = 1024, concurrency = 100;
  int64_t maxNumSeqs = 0, maxModelLen = 0, maxBatchedTokens = 2048;
};

class Bench {
public:
  explicit Bench(const Options &options) : options_(options) {}

  Status run();
  bool isLoaded() const { return engine_ != nullptr; }

private:
  void save() const;
  Status load();
  Status warmUp();
  Status sessions(int64_t count);
  Status timeToFirstToken(int64_t promptTokens);
  Status randomLengths();
  Result<RunTimes> requests(const std::vector<RequestSize> &sizes,
                            int64_t concurrency);
  void add(const char *list, json::object row);

  Result<uint64_t> freeMemory();
  void sayWhatFits();
  /// `count`, or how many fit.
  int64_t fitting(int64_t count) const;

  const Options &options_;
  Device *device_ = nullptr; // of the model
  uint64_t freeBefore_ = 0;
  std::unique_ptr<LoadedModel> model_;
  std::unique_ptr<Engine> engine_;
  std::mt19937 random_{1};
  json::object results_;
};

/// The longest sequence that any part of the run needs.
int64_t neededLength(const Options &options) {
  int64_t length = options.prompt + options.tokens;
  for (int64_t prompt : options.ttft)
    length = std::max(length, prompt + 1);
  if (options.random)
    length = std::max(length, 2 * options.randomLength);
  return length;
}

int64_t neededSessions(const Options &options) {
  int64_t count = options.random ? options.concurrency : 1;
  for (int64_t sessions : options.sessions)
    count = std::max(count, sessions);
  return count;
}

Result<uint64_t> Bench::freeMemory() {
  G4RT_ASSIGN(DeviceMemory memory, device_->memory());
  return memory.freeBytes;
}

int64_t Bench::fitting(int64_t count) const {
  return std::min(count, model_->executor().limits().numSlots);
}

/// A card may have no room for as many sessions as were asked for.
void Bench::sayWhatFits() {
  int64_t wanted =
      options_.maxNumSeqs ? options_.maxNumSeqs : neededSessions(options_);
  if (fitting(wanted) < wanted)
    std::printf("%lld of %lld sessions fit: more are not run\n",
                static_cast<long long>(fitting(wanted)),
                static_cast<long long>(wanted));
  results_["max_num_seqs"] = fitting(wanted);
  results_["max_num_seqs_wanted"] = wanted;
}

Status Bench::load() {
  auto start = std::chrono::steady_clock::now();
  int64_t length =
      options_.maxModelLen ? options_.maxModelLen : neededLength(options_);
  LoadOptions load{.numThreads = options_.threads};
  load.executor = {.maxSequences = options_.maxNumSeqs
                                       ? options_.maxNumSeqs
                                       : neededSessions(options_),
                   .maxModelLength = length,
                   .maxStepTokens = options_.maxBatchedTokens};
  load.mayHaveFewerSequences = options_.maxNumSeqs == 0;
  load.verify = DataVerification::Never;
  load.gpuMemoryUtilization = options_.gpuMemoryUtilization;
  G4RT_ASSIGN(load.device, parseDeviceName(options_.device));
  load.openDevice = [&](artifact::DeviceKind kind,
                        int ordinal) -> Result<std::unique_ptr<Device>> {
    G4RT_ASSIGN(std::unique_ptr<Device> device,
                machineDevices(options_.threads)(kind, ordinal));
    device_ = device.get();
    G4RT_ASSIGN(freeBefore_, freeMemory());
    return device;
  };
  G4RT_ASSIGN(model_, LoadedModel::load(options_.file, load));
  engine_ = std::make_unique<LocalEngine>(
      model_->executor(), model_->tokenizer(),
      EngineOptions{.maxModelLength = model_->maxModelLength()});
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const MemoryPlan &plan = model_->memoryPlan();
  uint64_t working = plan.totalStorageBytes() + plan.inputBytes;
  std::printf("%s, %s, %s\n", std::string(model_->name()).c_str(),
              model_->variant().variant->target()->c_str(),
              std::string(model_->device().name()).c_str());
  std::printf("ready in %.2f s; plan: weights %s, KV cache %s, working %s\n",
              took.count(), byteText(plan.weightBytes).c_str(),
              byteText(plan.totalCacheBytes()).c_str(),
              byteText(working).c_str());
  results_["model"] = model_->name();
  results_["target"] = model_->variant().variant->target()->str();
  results_["device"] = model_->device().name();
  results_["ready_seconds"] = took.count();
  sayWhatFits();
  results_["plan_bytes"] = {{"weights", plan.weightBytes},
                            {"kv_cache", plan.totalCacheBytes()},
                            {"working", working}};
  if (model_->device().kind() == artifact::DeviceKind::cpu)
    return Status();
  G4RT_ASSIGN(uint64_t freeBytes, freeMemory());
  results_["memory_used_bytes"] =
      freeBefore_ - std::min(freeBefore_, freeBytes);
  return Status();
}

Result<RunTimes> Bench::requests(const std::vector<RequestSize> &sizes,
                                 int64_t concurrency) {
  return runRequests(*engine_, model_->executor().limits().vocabSize, sizes,
                     concurrency, random_);
}

Status Bench::warmUp() {
  auto times = requests({{options_.prompt, 8}}, 1);
  return times ? Status() : std::move(times).error();
}

void Bench::add(const char *list, json::object row) {
  json::value &rows = results_[list];
  if (!rows.is_array())
    rows = json::array();
  rows.as_array().push_back(std::move(row));
}

/// All sessions begin at once, those that fit; the first tokens are not part of
/// the TPOT.
Status Bench::sessions(int64_t count) {
  int64_t wanted = count;
  count = fitting(count);
  std::vector<RequestSize> sizes(count, {options_.prompt, options_.tokens});
  G4RT_ASSIGN(RunTimes times, requests(sizes, count));
  std::vector<double> perToken;
  for (const RequestTimes &request : times.requests)
    perToken.push_back(request.perToken());
  double tpot = quantile(perToken, 0.5);
  double itl = quantile(times.interTokenLatencies(), 0.5);
  double rate = times.numAnswerTokens() / times.seconds;
  std::string note =
      count < wanted ? "   (of " + std::to_string(wanted) + ")" : "";
  std::printf("sessions %5lld   TPOT %9.3f ms   median ITL %9.3f ms   %10.1f "
              "tok/s%s\n",
              static_cast<long long>(count), 1e3 * tpot, 1e3 * itl, rate,
              note.c_str());
  add("sessions", {{"sessions", count},
                   {"sessions_wanted", wanted},
                   {"prompt_tokens", options_.prompt},
                   {"answer_tokens", options_.tokens},
                   {"tpot_ms", 1e3 * tpot},
                   {"median_itl_ms", 1e3 * itl},
                   {"output_tokens_per_second", rate}});
  return Status();
}

Status Bench::timeToFirstToken(int64_t promptTokens) {
  std::vector<double> seconds;
  for (int i = 0; i < options_.repeat; ++i) {
    G4RT_ASSIGN(RunTimes times, requests({{promptTokens, 1}}, 1));
    seconds.push_back(times.requests[0].firstToken());
  }
  double median = quantile(seconds, 0.5);
  std::printf("prompt   %5lld   TTFT %9.3f ms   (median of %d)\n",
              static_cast<long long>(promptTokens), 1e3 * median,
              options_.repeat);
  add("ttft", {{"prompt_tokens", promptTokens},
               {"ttft_ms", 1e3 * median},
               {"repeat", options_.repeat}});
  return Status();
}

/// Lengths uniform from 1 on, as the random dataset of the known benchmarks.
Status Bench::randomLengths() {
  int64_t concurrency = fitting(options_.concurrency);
  std::uniform_int_distribution<int64_t> length(1, options_.randomLength);
  std::vector<RequestSize> sizes;
  for (int64_t i = 0; i < options_.random; ++i) {
    int64_t prompt = length(random_);
    sizes.push_back({prompt, length(random_)});
  }
  G4RT_ASSIGN(RunTimes times, requests(sizes, concurrency));
  std::vector<double> first, perToken;
  for (const RequestTimes &request : times.requests) {
    first.push_back(request.firstToken());
    if (request.tokens.size() > 1)
      perToken.push_back(request.perToken());
  }
  double rate = times.numAnswerTokens() / times.seconds;
  double itl = quantile(times.interTokenLatencies(), 0.5);
  double tpot = quantile(perToken, 0.5), ttft = quantile(first, 0.5);
  std::printf("random   %5lld requests of up to %lld + %lld tokens, %lld at a "
              "time: %.1f tok/s, median TPOT %.3f ms, ITL %.3f ms, TTFT %.1f "
              "ms\n",
              static_cast<long long>(options_.random),
              static_cast<long long>(options_.randomLength),
              static_cast<long long>(options_.randomLength),
              static_cast<long long>(concurrency), rate, 1e3 * tpot, 1e3 * itl,
              1e3 * ttft);
  results_["random"] = {{"requests", options_.random},
                        {"max_length", options_.randomLength},
                        {"concurrency", concurrency},
                        {"concurrency_wanted", options_.concurrency},
                        {"seconds", times.seconds},
                        {"output_tokens_per_second", rate},
                        {"median_tpot_ms", 1e3 * tpot},
                        {"median_itl_ms", 1e3 * itl},
                        {"median_ttft_ms", 1e3 * ttft}};
  return Status();
}

/// Who stops a run that takes too long has the figures so far.
void Bench::save() const {
  if (!options_.json.empty())
    std::ofstream(options_.json) << json::serialize(results_) << "\n";
}

Status Bench::run() {
  G4RT_TRY(load());
  save();
  G4RT_TRY(warmUp());
  for (int64_t count : options_.sessions) {
    G4RT_TRY(sessions(count));
    save();
  }
  for (int64_t prompt : options_.ttft) {
    G4RT_TRY(timeToFirstToken(prompt));
    save();
  }
  if (options_.random)
    G4RT_TRY(randomLengths());
  save();
  return Status();
}

/// As g4rt's for a load that does not fit.
constexpr int kNoRoom = 4;

int fail(const Bench &bench, const Status &status) {
  std::fprintf(stderr, "serve-bench: %s\n", status.message().c_str());
  bool isRoom = status.code() == StatusCode::ResourceExhausted;
  return isRoom && !bench.isLoaded() ? kNoRoom : 1;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Times requests through a model's engine");
  app.add_option("MODEL", options.file)->required();
  app.add_option("--device", options.device,
                 "auto, cpu, cuda, cuda:N, hip or hip:N");
  app.add_option("--gpu-memory-utilization", options.gpuMemoryUtilization)
      ->check(CLI::Range(0.05, 1.0));
  app.add_option("--threads", options.threads);
  app.add_option("--sessions", options.sessions, "Numbers of them; 0: none")
      ->check(CLI::Range(0, 1 << 16))
      ->delimiter(',');
  app.add_option("--prompt", options.prompt, "Tokens of a session's prompt")
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--tokens", options.tokens, "Tokens of a session's answer")
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--ttft", options.ttft, "Lengths of prompts; 0: none")
      ->check(CLI::Range(0, 1 << 20))
      ->delimiter(',');
  app.add_option("--repeat", options.repeat, "Prompts of each length")
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--random", options.random, "Requests of random lengths")
      ->check(CLI::Range(0, 1 << 20));
  app.add_option("--random-length", options.randomLength)
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--concurrency", options.concurrency)
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--max-num-seqs", options.maxNumSeqs);
  app.add_option("--max-model-len", options.maxModelLen);
  app.add_option("--max-num-batched-tokens", options.maxBatchedTokens);
  app.add_option("--json", options.json, "File for the figures");
  CLI11_PARSE(app, argc, argv);
  std::erase(options.sessions, 0);
  std::erase(options.ttft, 0);
  Bench bench(options);
  Status status = bench.run();
  return status.ok() ? 0 : fail(bench, status);
}
