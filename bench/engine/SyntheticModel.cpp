//===- SyntheticModel.cpp - A checkpoint of random numbers ----------------===//
//
//   synthetic-model FOLDER [--hidden 1024 --layers 8 --experts 32 ...]
//
// Writes a Gemma 4 checkpoint (26B-A4B's structure, sizes as asked) whose
// weights are random bf16 numbers, scaled so that activations stay in range and
// routing is balanced. For speed only: it says nothing sensible. The tokenizer
// is copied from --tokenizer.
//
//===----------------------------------------------------------------------===//

#include "models/gemma4/Weights.h"
#include "runtime/base/AtomicFile.h"

#include <CLI/CLI.hpp>
#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>

namespace {

namespace json = g4rt::json;
using g4rt::Status;

struct Sizes {
  int64_t hidden = 1024, layers = 8, heads = 8, headDim = 128, kvHeads = 4;
  int64_t globalHeadDim = 256, globalKvHeads = 2, intermediate = 1024;
  int64_t experts = 32, topK = 4, moeIntermediate = 352, vocab = 32768;
  int64_t window = 1024;
};

json::object configOf(const Sizes &s) {
  json::array types;
  for (int64_t i = 0; i < s.layers; ++i)
    types.emplace_back(i % 4 == 3 || i + 1 == s.layers ? "full_attention"
                                                       : "sliding_attention");
  json::object rope{
      {"full_attention", json::object{{"partial_rotary_factor", 0.25},
                                      {"rope_theta", 1e6},
                                      {"rope_type", "proportional"}}},
      {"sliding_attention",
       json::object{{"rope_theta", 1e4}, {"rope_type", "default"}}}};
  json::object text{{"model_type", "gemma4_text"},
                    {"attention_k_eq_v", true},
                    {"dtype", "bfloat16"},
                    {"enable_moe_block", s.experts > 0},
                    {"final_logit_softcapping", 30.0},
                    {"global_head_dim", s.globalHeadDim},
                    {"head_dim", s.headDim},
                    {"hidden_activation", "gelu_pytorch_tanh"},
                    {"hidden_size", s.hidden},
                    {"intermediate_size", s.intermediate},
                    {"layer_types", std::move(types)},
                    {"max_position_embeddings", 131072},
                    {"moe_intermediate_size", s.moeIntermediate},
                    {"num_attention_heads", s.heads},
                    {"num_experts", s.experts},
                    {"num_global_key_value_heads", s.globalKvHeads},
                    {"num_hidden_layers", s.layers},
                    {"num_key_value_heads", s.kvHeads},
                    {"rms_norm_eps", 1e-6},
                    {"rope_parameters", std::move(rope)},
                    {"sliding_window", s.window},
                    {"tie_word_embeddings", true},
                    {"top_k_experts", s.topK},
                    {"vocab_size", s.vocab}};
  return {{"model_type", "gemma4"}, {"text_config", std::move(text)}};
}

/// Numbers of one tensor: matrices uniform with a variance of 1 / columns,
/// vectors around 1, so that activations keep their size from layer to layer.
class Numbers {
public:
  explicit Numbers(const g4::gemma4::WeightSpec &spec)
      : random_(std::hash<std::string>()(spec.name)),
        isMatrix_(spec.shape.size() > 1),
        scale_(std::sqrt(3.0f / static_cast<float>(spec.shape.back()))) {}

  uint16_t next() {
    // 24 random bits as [-1, 1).
    float unit = static_cast<float>(random_() >> 8) * 0x1p-23f - 1;
    float value = isMatrix_ ? unit * scale_ : 1 + 0.25f * unit;
    return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
  }

private:
  std::minstd_rand random_;
  bool isMatrix_;
  float scale_;
};

int64_t numElements(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

constexpr const char *kPrefix = "model.language_model.";

std::string headerOf(const std::vector<g4::gemma4::WeightSpec> &table) {
  json::object header;
  int64_t offset = 0;
  for (const auto &spec : table) {
    json::array shape(spec.shape.begin(), spec.shape.end());
    int64_t end = offset + 2 * numElements(spec.shape);
    header[kPrefix + spec.sources[0]] =
        json::object{{"dtype", "BF16"},
                     {"shape", std::move(shape)},
                     {"data_offsets", json::array{offset, end}}};
    offset = end;
  }
  std::string text = json::serialize(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

Status writeWeights(const std::string &path,
                    const std::vector<g4::gemma4::WeightSpec> &table) {
  G4RT_ASSIGN(g4rt::AtomicFile file, g4rt::AtomicFile::create(path));
  std::string header = headerOf(table);
  uint64_t size = header.size();
  G4RT_TRY(file.append(std::as_bytes(std::span(&size, 1))));
  G4RT_TRY(file.append(std::as_bytes(std::span(header))));
  std::vector<uint16_t> chunk(1 << 20);
  for (const auto &spec : table) {
    Numbers numbers(spec);
    for (int64_t left = numElements(spec.shape); left > 0;) {
      size_t count = std::min<int64_t>(left, chunk.size());
      for (size_t i = 0; i < count; ++i)
        chunk[i] = numbers.next();
      G4RT_TRY(file.append(std::as_bytes(std::span(chunk).first(count))));
      left -= static_cast<int64_t>(count);
    }
  }
  return file.commit();
}

Status writeModel(const std::string &folder, const Sizes &sizes,
                  const std::string &tokenizer) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  json::object config = configOf(sizes);
  G4RT_ASSIGN(g4::gemma4::TextConfig parsed,
              g4::gemma4::parseTextConfig(config));
  std::string text = json::serialize(config);
  G4RT_TRY(g4rt::writeFileAtomically(folder + "/config.json",
                                     std::as_bytes(std::span(text))));
  std::filesystem::copy_file(tokenizer, folder + "/tokenizer.json",
                             std::filesystem::copy_options::overwrite_existing,
                             error);
  if (error)
    return Status(g4rt::StatusCode::NotFound,
                  tokenizer + ": " + error.message());
  return writeWeights(folder + "/model.safetensors",
                      g4::gemma4::weightTable(parsed));
}

} // namespace

int main(int argc, char **argv) {
  Sizes sizes;
  std::string folder, tokenizer = "models/tiny/tokenizer.json";
  CLI::App app("Writes a Gemma 4 checkpoint of random numbers");
  app.add_option("FOLDER", folder)->required();
  app.add_option("--tokenizer", tokenizer);
  app.add_option("--hidden", sizes.hidden);
  app.add_option("--layers", sizes.layers);
  app.add_option("--experts", sizes.experts, "0 for a dense model");
  app.add_option("--vocab", sizes.vocab);
  CLI11_PARSE(app, argc, argv);
  Status status = writeModel(folder, sizes, tokenizer);
  if (!status.ok())
    std::fprintf(stderr, "synthetic-model: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
