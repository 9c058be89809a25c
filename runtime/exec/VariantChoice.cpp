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

Result<VariantChoice> chooseVariant(const artifact::Artifact &root,
                                    const Device &device) {
  std::string passed;
  for (const artifact::Variant *variant : *root.variants()) {
    std::string target = variant->target()->str();
    std::string why;
    if (variant->device() != device.kind())
      why = "for another device";
    else if (std::string feature = missingFeature(*variant, device);
             !feature.empty())
      why = "needs " + feature;
    if (why.empty())
      return VariantChoice{variant, passed.empty() ? "the file's first choice"
                                                   : "passed over: " + passed};
    passed += (passed.empty() ? "" : ", ") + target + " (" + why + ")";
  }
  return Status(StatusCode::NotFound,
                "no variant runs on " + std::string(device.name()) +
                    "; the file has " + (passed.empty() ? "none" : passed));
}

} // namespace g4rt
