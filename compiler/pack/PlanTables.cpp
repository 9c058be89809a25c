//===- PlanTables.cpp - A program's tables without an artifact ------------===//

#include "compiler/pack/PlanTables.h"

#include "compiler/pack/ProgramWriter.h"
#include "compiler/pack/WeightPacker.h"
#include "dialects/tile/Tile.h"
#include "models/checkpoint/ByteTokenizer.h"
#include "runtime/artifact/ElementSize.h"

namespace g4 {

using namespace mlir;
using flatbuffers::Offset;

namespace {

class PlanTables {
public:
  explicit PlanTables(ModuleOp variant)
      : variant_(variant),
        facts_(
            variant->getParentOfType<ModuleOp>()->getAttrOfType<DictionaryAttr>(
                "g4.model")) {}

  g4rt::Result<flatbuffers::DetachedBuffer> write();

private:
  int64_t fact(StringRef name) {
    return facts_.getAs<IntegerAttr>(name).getInt();
  }
  std::string textFact(StringRef name) {
    return facts_.getAs<StringAttr>(name).str();
  }
  Offset<artifact::Model> model();
  std::vector<Offset<artifact::Weight>> weights();
  Offset<artifact::Variant> program();

  ModuleOp variant_;
  DictionaryAttr facts_;
  llvm::StringMap<uint32_t> weightIndex_;
  flatbuffers::FlatBufferBuilder b_;
};

} // namespace

Offset<artifact::Model> PlanTables::model() {
  return artifact::CreateModel(b_, b_.CreateString(textFact("name")),
                               b_.CreateString(textFact("architecture")),
                               fact("vocab_size"), fact("hidden_size"),
                               fact("num_layers"), fact("max_positions"),
                               fact("num_parameters"));
}

std::vector<Offset<artifact::Weight>> PlanTables::weights() {
  std::vector<Offset<artifact::Weight>> tables;
  for (auto weight : variant_.getOps<graph::WeightOp>()) {
    auto type = weight.getWeightType();
    if (!type.getLayout())
      continue; // nothing reads it
    weightIndex_[weight.getSymName()] = tables.size();
    artifact::Span span(0, packedBytes(type));
    tables.push_back(artifact::CreateWeight(
        b_, b_.CreateString(weight.getSymName().str()),
        g4rt::dtypeOf(type.getDescription().element),
        b_.CreateVector(type.getShape().data(), type.getShape().size()),
        b_.CreateString(type.packingName().str()), &span));
  }
  return tables;
}

Offset<artifact::Variant> PlanTables::program() {
  auto target = variant_->getAttrOfType<tile::TargetAttr>("g4t.target");
  std::vector<std::string> features;
  for (StringAttr feature : target.getFeatures())
    features.push_back(feature.str());
  auto program = ProgramWriter(variant_, weightIndex_, b_).writeProgram();
  return artifact::CreateVariant(
      b_, b_.CreateString(target.getName().str()),
      target.isCpu() ? artifact::DeviceKind::cpu : artifact::DeviceKind::cuda,
      b_.CreateVectorOfStrings(features), 0, program);
}

g4rt::Result<flatbuffers::DetachedBuffer> PlanTables::write() {
  auto weightTables = weights();
  Offset<artifact::Variant> variant = program();
  G4RT_ASSIGN(Offset<artifact::Tokenizer> tokenizer,
              writeByteTokenizer(fact("vocab_size"), b_));
  auto generation = artifact::CreateGeneration(
      b_, -1, -1, b_.CreateVector(std::vector<int32_t>()));
  auto root = artifact::CreateArtifact(
      b_, model(), b_.CreateVector(weightTables),
      b_.CreateVector(std::vector<Offset<artifact::CodeObject>>()),
      b_.CreateVector(std::vector{variant}), tokenizer, {}, generation,
      b_.CreateVector(std::vector<Offset<artifact::Fact>>()));
  artifact::FinishSizePrefixedArtifactBuffer(b_, root);
  return b_.Release();
}

g4rt::Result<flatbuffers::DetachedBuffer> writePlanTables(ModuleOp variant) {
  return PlanTables(variant).write();
}

} // namespace g4
