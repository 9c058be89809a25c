//===- VariantChoice.cpp - Which variant a device takes -------------------===//

#include "runtime/exec/VariantChoice.h"

namespace g4rt {

/// The first feature that the device lacks; empty if it has all.
static std::string missingFeature(const artifact::Variant &variant,
                                  const Device &device) {
  for (const auto *feature : *variant.features())
    if (!device.hasFeature(feature->string_view()))
      return feature->str();
  return {};
}

std::string whyNot(const artifact::Variant &variant, const Device &device) {
  if (variant.device() != device.kind())
    return "for another device";
  std::string feature = missingFeature(variant, device);
  return feature.empty() ? "" : "needs " + feature;
}

std::string choiceReason(const std::string &passed) {
  return passed.empty() ? "the file's first choice" : "passed over: " + passed;
}

std::string howToAdd(const std::string &target) {
  return target.empty()
             ? "; g4c has no target for it"
             : "; one is added by: g4c compile MODEL --target " + target;
}

Result<VariantChoice> chooseVariant(const artifact::Artifact &root,
                                    const Device &device) {
  std::string passed;
  for (const artifact::Variant *variant : *root.variants()) {
    std::string why = whyNot(*variant, device);
    if (why.empty())
      return VariantChoice{variant, choiceReason(passed)};
    passed += (passed.empty() ? "" : ", ") + variant->target()->str() + " (" +
              why + ")";
  }
  return Status(StatusCode::NotFound,
                "no variant runs on " + std::string(device.name()) +
                    "; the file has " + (passed.empty() ? "none" : passed) +
                    howToAdd(device.targetName()));
}

} // namespace g4rt
