//===- Embed.cpp - Rows of an embedding table -----------------------------===//

#include "compiler/tile/kernels/Kernels.h"

namespace g4 {

using namespace mlir;

tile::KernelOp buildEmbed(OpBuilder &b, Location loc, StringRef name,
                          quant::WeightType table, double scale,
                          const TileConfig &config) {
  int64_t cols = table.getDimSize(1);
  Type ids = wordsType(b);
  Type y = MemRefType::get({ShapedType::kDynamic, cols}, b.getF32Type());
  KernelBuilder k(b, loc, name, {ids, table, y}, config);
  Value row = k.loadIndex(k.param(0), k.gridX());
  k.columns(cols, [&](ColumnBlock block) {
    Value tile =
        tile::UnpackOp::create(k.builder(), loc, k.tileType(1, block.width),
                               k.param(1), row, block.col, block.bound);
    k.store(k.scaled(tile, scale), k.param(2),
            {.at = {k.gridX(), block.col}, .colBound = block.bound});
  });
  return k.finish();
}

} // namespace g4
