//===- TokenizerBench.cpp - How fast texts are tokenised ------------------===//
//
//   tokenizer-bench TOKENIZER_JSON TEXT...
//
// One thread. Prints the time to build the tables from tokenizer.json, to load
// them, and for each text file MB/s of encode and decode: medians of 9 runs.
//
//===----------------------------------------------------------------------===//

#include "models/checkpoint/TokenizerJson.h"
#include "runtime/base/MappedFile.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace g4rt;

constexpr int kRuns = 9;

template <typename F>
static double medianSeconds(F &&run) {
  std::vector<double> seconds;
  for (int i = 0; i < kRuns; ++i) {
    auto begin = std::chrono::steady_clock::now();
    run();
    std::chrono::duration<double> taken =
        std::chrono::steady_clock::now() - begin;
    seconds.push_back(taken.count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[kRuns / 2];
}

static std::string_view textOf(const MappedFile &file) {
  return {reinterpret_cast<const char *>(file.bytes().data()),
          file.bytes().size()};
}

static Status buildTables(std::string_view json,
                          flatbuffers::FlatBufferBuilder &builder) {
  G4RT_ASSIGN(auto offset, g4::importTokenizer(json, builder));
  builder.Finish(offset);
  return Status();
}

// The same number as compare.py's, for the same ids.
static uint32_t digest(const std::vector<int32_t> &ids) {
  uint32_t sum = 0;
  for (int32_t id : ids)
    sum = sum * 31 + static_cast<uint32_t>(id);
  return sum;
}

static Status benchText(const Tokenizer &tokenizer, const char *path) {
  G4RT_ASSIGN(MappedFile file, MappedFile::open(path));
  std::string_view text = textOf(file);
  std::vector<int32_t> ids;
  std::string decoded;
  double encode = medianSeconds(
      [&] { ids = tokenizer.encode(text, SpecialTokens::Match); });
  double decode =
      medianSeconds([&] { decoded = tokenizer.decode(ids, SpecialIds::Show); });
  double megabytes = static_cast<double>(text.size()) / 1e6;
  std::printf("%s ids=%zu digest=%08x encode=%.2f MB/s decode=%.1f MB/s\n",
              path, ids.size(), digest(ids), megabytes / encode,
              megabytes / decode);
  return Status();
}

static Status bench(int argc, char **argv) {
  G4RT_ASSIGN(MappedFile file, MappedFile::open(argv[1]));
  flatbuffers::FlatBufferBuilder builder;
  Status done;
  double build = medianSeconds([&] {
    builder.Clear();
    done = buildTables(textOf(file), builder);
  });
  G4RT_TRY(std::move(done));
  const auto *table =
      flatbuffers::GetRoot<artifact::Tokenizer>(builder.GetBufferPointer());
  G4RT_ASSIGN(Tokenizer tokenizer, Tokenizer::create(*table));
  double load = medianSeconds([&] { tokenizer = *Tokenizer::create(*table); });
  std::printf("tables: %.1f MB, built in %.3f s, checked in %.4f s\n",
              builder.GetSize() / 1e6, build, load);
  for (int i = 2; i < argc; ++i)
    G4RT_TRY(benchText(tokenizer, argv[i]));
  return Status();
}

int main(int argc, char **argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: tokenizer-bench TOKENIZER_JSON TEXT...\n");
    return 2;
  }
  Status status = bench(argc, argv);
  if (!status.ok())
    std::fprintf(stderr, "tokenizer-bench: %s\n", status.toString().c_str());
  return status.ok() ? 0 : 1;
}
