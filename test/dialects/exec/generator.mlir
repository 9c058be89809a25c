// RUN: g4-opt %s | g4-opt | FileCheck %s

// CHECK: g4x.generator @generate_bf16_panel16x2 dtype "bf16" packing "panel16x2"
g4x.generator @generate_bf16_panel16x2 dtype "bf16" packing "panel16x2"
