// GPUs sum so many columns at a time that the rotated ones must fill, or cannot multiply matrices.

// RUN: g4-opt %s -g4-keys-from-values="for-gpu dot-depth=4" | FileCheck %s --check-prefix=SHARED
// RUN: g4-opt %s -g4-keys-from-values="for-gpu dot-depth=8" 2>&1 | FileCheck %s --check-prefix=WHOLE
// RUN: g4-opt %s -g4-keys-from-values="for-gpu dot-depth=0" 2>&1 | FileCheck %s --check-prefix=WHOLE
// SHARED: g4.kv_cache @kv {{.*}}rotated_pairs = 2
// WHOLE: remark: keys are stored whole: kernels of GPUs read them so
// WHOLE-NOT: rotated_pairs
g4.weight @freqs : !g4q.weight<[4], <f32>> values dense<[1.0, 0.5, 0.0, 0.0]> : tensor<4xf32>
g4.kv_cache @kv {dtype = bf16, head_dim = 8, num_kv_heads = 1, window = 0}
func.func @keys_are_values(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %wq: !g4q.weight<[8], <f32>>, %wk: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %f = g4.use @freqs : !g4q.weight<[4], <f32>>
  %q = g4.qkv_prepare @kv, %y, %p, %f, %wq keys %wk {epsilon = 1.0 : f32, k_eq_v} : (tensor<?x24xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}
