//===- Inspect.cpp - g4c inspect and g4c verify ---------------------------===//

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/artifact/ElementSize.h"
#include "runtime/artifact/Label.h"
#include "runtime/artifact/Packing.h"
#include "runtime/base/Json.h"
#include "runtime/base/Printable.h"
#include "runtime/base/SystemMemory.h"
#include "tools/g4c/Commands.h"
#include "tools/g4c/ExpertMap.h"
#include "tools/g4c/Roofline.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

namespace g4 {

namespace json = g4rt::json;
using g4rt::ArtifactFile;
using g4rt::byteText;
using g4rt::printable;
using g4rt::Status;

//===----------------------------------------------------------------------===//
// As JSON: everything but the bytes
//===----------------------------------------------------------------------===//

static json::value modelJson(const artifact::Model &model) {
  return json::object{{"name", model.name()->c_str()},
                      {"architecture", model.architecture()->c_str()},
                      {"vocab_size", model.vocab_size()},
                      {"hidden_size", model.hidden_size()},
                      {"num_layers", model.num_layers()},
                      {"max_positions", model.max_positions()},
                      {"num_parameters", model.num_parameters()}};
}

/// Null for a weight whose numbers are in the file. The seed is a text: it does
/// not fit a double.
static json::value syntheticJson(const artifact::Weight &weight) {
  const artifact::Synthetic *synthetic = weight.synthetic();
  if (!synthetic)
    return {};
  return json::object{{"seed", std::to_string(synthetic->seed())},
                      {"center", synthetic->center()},
                      {"half_width", synthetic->half_width()}};
}

/// "int4-f16": the format that dtype and packing of a checked weight stand for.
static std::string formatName(const artifact::Weight &weight) {
  auto matrix = artifact::findPacking(g4rt::numberTypeOf(weight.dtype()),
                                      weight.packing()->string_view(),
                                      /*rows=*/1, /*cols=*/1);
  return std::string(matrix->format->name);
}

static json::value weightsJson(const artifact::Artifact &root) {
  json::array weights;
  for (const artifact::Weight *weight : *root.weights()) {
    json::array shape;
    for (int64_t size : *weight->shape())
      shape.emplace_back(size);
    weights.push_back(
        json::object{{"name", weight->name()->c_str()},
                     {"dtype", artifact::EnumNameDType(weight->dtype())},
                     {"shape", std::move(shape)},
                     {"format", formatName(*weight)},
                     {"packing", weight->packing()->c_str()},
                     {"offset", weight->data()->offset()},
                     {"bytes", weight->data()->size()},
                     {"synthetic", syntheticJson(*weight)}});
  }
  return weights;
}

/// Null where nobody counted.
static json::value workJson(const artifact::Work *work) {
  if (!work)
    return {};
  json::array loaded(work->loaded_bytes()->begin(),
                     work->loaded_bytes()->end());
  return json::object{{"instructions", work->instructions()},
                      {"integers", work->integers()},
                      {"specials", work->specials()},
                      {"barriers", work->barriers()},
                      {"matrix_products", work->matrix_products()},
                      {"shared_bytes", work->shared_bytes()},
                      {"stored_bytes", work->stored_bytes()},
                      {"bytes_in_flight", work->bytes_in_flight()},
                      {"loaded_bytes", std::move(loaded)}};
}

static json::value kernelsJson(const artifact::CodeObject &code) {
  json::array kernels;
  for (const artifact::Kernel *kernel : *code.kernels())
    kernels.push_back(json::object{{"symbol", kernel->symbol()->c_str()},
                                   {"scratch_bytes", kernel->scratch_bytes()},
                                   {"threads", kernel->threads()},
                                   {"registers", kernel->registers()},
                                   {"spill_bytes", kernel->spill_bytes()},
                                   {"work", workJson(kernel->work())},
                                   {"round", workJson(kernel->round())}});
  return kernels;
}

static json::value variantsJson(const artifact::Artifact &root) {
  json::array variants;
  for (const artifact::Variant *variant : *root.variants()) {
    json::array features, buckets;
    for (const auto *feature : *variant->features())
      features.emplace_back(feature->c_str());
    for (const artifact::Bucket *bucket : *variant->program()->buckets())
      buckets.push_back(json::object{{"max_tokens", bucket->max_tokens()},
                                     {"launches", bucket->launches()->size()}});
    const artifact::CodeObject &code = *root.code()->Get(variant->code());
    variants.push_back(json::object{
        {"target", variant->target()->c_str()},
        {"device", artifact::EnumNameDeviceKind(variant->device())},
        {"features", std::move(features)},
        {"code_bytes", code.data()->size()},
        {"format", artifact::EnumNameCodeFormat(code.format())},
        {"buckets", std::move(buckets)},
        {"caches", variant->program()->caches()->size()},
        {"kernels", kernelsJson(code)},
        {"log", code.log() ? code.log()->c_str() : ""}});
  }
  return variants;
}

static json::array idsJson(const flatbuffers::Vector<int32_t> *ids) {
  json::array array;
  for (uint32_t i = 0; ids && i < ids->size(); ++i)
    array.emplace_back(ids->Get(i));
  return array;
}

static json::value generationJson(const artifact::Generation &generation) {
  return json::object{{"bos_id", generation.bos_id()},
                      {"eos_ids", idsJson(generation.eos_ids())},
                      {"chat_eos_ids", idsJson(generation.chat_eos_ids())},
                      {"do_sample", generation.do_sample()},
                      {"temperature", generation.temperature()},
                      {"top_k", generation.top_k()},
                      {"top_p", generation.top_p()}};
}

using OptionalLabel = std::optional<g4rt::ModelLabel>;

static json::value artifactJson(const ArtifactFile &file,
                                const OptionalLabel &label) {
  const artifact::Artifact &root = file.root();
  json::object provenance;
  for (const artifact::Fact *fact : *root.provenance())
    provenance[fact->key()->str()] = fact->value()->c_str();
  return json::object{
      {"file_bytes", file.sizeBytes()},
      {"digest", file.digest()},
      {"model", modelJson(*root.model())},
      {"tokenizer", json::object{{"num_tokens", root.tokenizer()->num_tokens()},
                                 {"added_tokens",
                                  root.tokenizer()->added_tokens()->size()}}},
      {"chat_template", root.chat_template()
                            ? json::value(root.chat_template()->name()->c_str())
                            : json::value()},
      {"generation", generationJson(*root.generation())},
      {"variants", variantsJson(root)},
      {"weights", weightsJson(root)},
      {"label", label ? json::value(g4rt::labelJson(*label)) : json::value()},
      {"provenance", std::move(provenance)}};
}

//===----------------------------------------------------------------------===//
// For people
//===----------------------------------------------------------------------===//

/// A name that is in the file.
static std::string shown(const flatbuffers::String &name) {
  return printable(name.string_view());
}

static void printModel(const ArtifactFile &file) {
  const artifact::Artifact &root = file.root();
  const artifact::Model &model = *root.model();
  std::printf("%s: %s, digest %s\n", printable(file.path()).c_str(),
              byteText(file.sizeBytes()).c_str(), file.digest().c_str());
  std::printf("model      %s (%s): %.1f M parameters, %u layers, hidden %u, "
              "vocabulary %u, %u positions\n",
              shown(*model.name()).c_str(),
              shown(*model.architecture()).c_str(),
              model.num_parameters() / 1e6, model.num_layers(),
              model.hidden_size(), model.vocab_size(), model.max_positions());
  std::printf("text       %u tokens; chat template %s; ends at",
              root.tokenizer()->num_tokens(),
              root.chat_template()
                  ? shown(*root.chat_template()->name()).c_str()
                  : "none");
  for (int32_t id : *root.generation()->eos_ids())
    std::printf(" %d", id);
  const auto *chatEnds = root.generation()->chat_eos_ids();
  for (uint32_t i = 0; chatEnds && i < chatEnds->size(); ++i)
    std::printf("%s %d", i == 0 ? ", a chat's turn also at" : "",
                chatEnds->Get(i));
  std::printf("\n");
}

static void printWeights(const artifact::Artifact &root) {
  struct Sum {
    uint64_t count = 0, bytes = 0;
  };
  std::map<std::string, Sum> kinds;
  for (const artifact::Weight *weight : *root.weights()) {
    Sum &sum = kinds[formatName(*weight) + " " + shown(*weight->packing()) +
                     (weight->synthetic() ? ", synthetic" : "")];
    ++sum.count;
    sum.bytes += weight->data()->size();
  }
  for (const auto &[kind, sum] : kinds)
    std::printf("weights    %-27s %5llu  %s\n", kind.c_str(),
                static_cast<unsigned long long>(sum.count),
                byteText(sum.bytes).c_str());
}

static void printKernel(const artifact::Kernel &kernel) {
  std::printf("  kernel   %-48s scratch %u", shown(*kernel.symbol()).c_str(),
              kernel.scratch_bytes());
  if (kernel.threads() > 1)
    std::printf(", %u threads", kernel.threads());
  if (kernel.registers() > 0)
    std::printf(", %u registers, %u bytes spilled", kernel.registers(),
                kernel.spill_bytes());
  std::printf("\n");
}

/// What the notes of AMD code say beside: accumulators, scalar registers.
static void printNotes(const artifact::CodeObject &code) {
  if (code.format() != artifact::CodeFormat::hsaco || !code.log())
    return;
  std::istringstream lines(code.log()->str());
  for (std::string line; std::getline(lines, line);)
    std::printf("  notes    %s\n", g4rt::printable(line).c_str());
}

static void printVariants(const artifact::Artifact &root, bool kernels) {
  for (const artifact::Variant *variant : *root.variants()) {
    const artifact::CodeObject &code = *root.code()->Get(variant->code());
    std::printf("variant    %-16s %s, %s, %u kernels; steps of",
                shown(*variant->target()).c_str(),
                artifact::EnumNameDeviceKind(variant->device()),
                byteText(code.data()->size()).c_str(), code.kernels()->size());
    for (const artifact::Bucket *bucket : *variant->program()->buckets()) {
      bool last = bucket->max_tokens() >= 1u << 31;
      std::printf(" %s: %u launches;",
                  last ? "any" : std::to_string(bucket->max_tokens()).c_str(),
                  bucket->launches()->size());
    }
    std::printf(" needs");
    for (const auto *feature : *variant->features())
      std::printf(" %s", shown(*feature).c_str());
    std::printf("\n");
    for (const artifact::Kernel *kernel : *code.kernels())
      if (kernels)
        printKernel(*kernel);
    if (kernels)
      printNotes(code);
  }
}

void printLabel(const OptionalLabel &label) {
  if (!label)
    return;
  std::printf("label      against %s on %s\n", label->reference.c_str(),
              label->text.c_str());
  for (size_t i = 0; i < label->rows.size(); ++i) {
    const g4rt::LabelFigures &figures = label->rows[i];
    if (figures.rows == 0)
      continue;
    std::printf("  %-8s %.0f rows: perplexity %.6g (reference %.6g), top-1 "
                "%.3f %%, KL mean %.2e, 99 %% %.2e, 99.9 %% %.2e",
                g4rt::kLabelRowNames[i], figures.rows, figures.perplexity,
                figures.referencePerplexity, 100 * figures.topAgreement,
                figures.klMean, figures.kl99, figures.kl999);
    if (figures.expertsChanged >= 0)
      std::printf(", experts changed %.3f %%", 100 * figures.expertsChanged);
    std::printf("\n");
  }
}

static void printArtifact(const ArtifactFile &file, const OptionalLabel &label,
                          bool kernels) {
  printModel(file);
  printWeights(file.root());
  printVariants(file.root(), kernels);
  printLabel(label);
  for (const artifact::Fact *fact : *file.root().provenance())
    std::printf("made from  %s: %s\n", shown(*fact->key()).c_str(),
                shown(*fact->value()).c_str());
}

Command addInspect(CLI::App &app) {
  struct Arguments {
    std::string file, roofline;
    bool json = false, kernels = false, experts = false;
  };
  auto args = std::make_shared<Arguments>();
  app.add_option("FILE", args->file, "An artifact")->required();
  CLI::Option *json =
      app.add_flag("--json", args->json, "Everything, for programs");
  app.add_flag("--kernels", args->kernels, "List the kernels");
  app.add_option("--roofline", args->roofline,
                 "Show what each kernel needs and is predicted to take on this "
                 "GPU, such as \"RTX 4090\"")
      ->excludes(json);
  app.add_flag("--experts", args->experts,
               "Show which experts the text of --calibration went to");
  return [args] {
    auto file = ArtifactFile::open(args->file);
    if (!file)
      return report(file.error());
    auto label = g4rt::readLabel(file->tables(), file->file());
    if (!label)
      return report(label.error());
    if (args->experts && args->json)
      std::printf("%s\n", json::serialize(expertsJson(*file)).c_str());
    else if (args->experts)
      printExperts(*file);
    else if (args->json)
      std::printf("%s\n", json::serialize(artifactJson(*file, *label)).c_str());
    else
      printArtifact(*file, *label, args->kernels);
    if (args->roofline.empty())
      return int(kExitOk);
    Status status = printRoofline(file->root(), args->roofline);
    return status.ok() ? int(kExitOk) : report(status);
  };
}

/// "; 12 weights are synthetic: made at load, seed 7"; empty without any.
static std::string madeAtLoad(const artifact::Artifact &root) {
  auto isSynthetic = [](const auto *weight) {
    return weight->synthetic() != nullptr;
  };
  const auto &weights = *root.weights();
  auto count = std::count_if(weights.begin(), weights.end(), isSynthetic);
  if (count == 0)
    return "";
  std::string text =
      "; " + std::to_string(count) + " weights are synthetic: made at load";
  for (const artifact::Fact *fact : *root.provenance())
    if (fact->key()->string_view() == "synthetic weights")
      text += ", " + shown(*fact->value());
  return text;
}

Command addVerify(CLI::App &app) {
  auto path = std::make_shared<std::string>();
  app.add_option("FILE", *path, "An artifact")->required();
  return [path] {
    auto file = ArtifactFile::open(*path);
    if (!file)
      return report(file.error());
    if (Status status = file->verifyData(); !status.ok())
      return report(status);
    std::printf("%s: whole, %llu bytes, digest %s%s\n",
                printable(*path).c_str(),
                static_cast<unsigned long long>(file->sizeBytes()),
                file->digest().c_str(), madeAtLoad(file->root()).c_str());
    return int(kExitOk);
  };
}

} // namespace g4
