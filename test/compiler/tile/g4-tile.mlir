// RUN: g4-opt %s -split-input-file -g4-tile | FileCheck %s

// A gated linear with its norm, on the rows that are sampled from: one kernel a bucket of steps.
// The weight lies in panels of 16 rows; each half is padded to whole panels (20 rows to 32).
// CHECK: g4.weight @embed : !g4q.weight<[64, 32], <bf16>, <panel = 0, interleave = 1>>
// CHECK: g4.weight @up : !g4q.weight<[64, 32], <bf16>, <panel = 16, interleave = 2>> parts ["m.g", "m.u"] {segments = 2 : i64, source_rows = 40 : i64}
// CHECK: g4.weight @norm : !g4q.weight<[32], <f32>, <panel = 0, interleave = 1>>
// CHECK: g4t.kernel @[[EMBED:embed_bf16_v64k32_rows_s40000000]](
// CHECK: g4t.unpack
// CHECK: g4t.kernel @[[ONE:linear_bf16_n20k32_norm_gelu_gated_rows_m1n32]](
// CHECK-SAME: threads 1
// CHECK: %[[X:.*]] = g4t.scratch : memref<1x32xbf16, #g4t.scratch>
// CHECK: g4t.reduce
// CHECK: g4t.store %{{.*}}, %[[X]]
// CHECK: g4t.barrier
// CHECK-COUNT-2: g4t.dot_packed %{{.*}}, %[[X]]{{.*}} depth 32 : tensor<1x32xf32>
// CHECK: math.tanh
// CHECK: g4t.store {{.*}} col_bound
// CHECK: g4t.kernel @[[TWO:linear_bf16_n20k32_norm_gelu_gated_rows_m2n32]](
// With four rows an item makes both tiles of 16 columns from the rows that it staged once.
// CHECK: g4t.kernel @[[FOUR:linear_bf16_n20k32_norm_gelu_gated_rows_m4n16x2]](
// CHECK: g4t.barrier
// CHECK: scf.for {{.*}} = %c0{{.*}} to %c2
// CHECK-COUNT-2: g4t.dot_packed {{.*}} : tensor<4x16xf32>
// CHECK: g4t.store {{.*}} row_bound %{{.*}} col_bound
// CHECK-NOT: g4t.kernel
// CHECK: func.func @step
// CHECK-NEXT: %[[E:.*]] = g4x.dispatch "embed"() {{.*}}kernels = [@[[EMBED]], @[[EMBED]], @[[EMBED]], @[[EMBED]]]
// CHECK-NEXT: %[[Y:.*]] = g4x.dispatch "up"(%[[E]]) {grids_x = [#g4x.extent<outputs>, #g4x.extent<outputs div 2>, #g4x.extent<outputs div 4>, #g4x.extent<outputs div 4>], grids_y = [#g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>, #g4x.extent<one>], kernels = [@[[ONE]], @[[TWO]], @[[FOUR]], @[[FOUR]]], params = {{\[\[}}#g4x.operand<0>, #g4x.weight<@up>, #g4x.result<0>, #g4x.dim<outputs>, #g4x.weight<@norm>, #g4x.input<output_rows>]
// CHECK-NEXT: return %[[Y]]
module @cpu attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"]>} {
  g4.weight @embed : !g4q.weight<[64, 32], <bf16>> parts ["m.e"]
  g4.weight @up : !g4q.weight<[40, 32], <bf16>> parts ["m.g", "m.u"]
  g4.weight @norm : !g4q.weight<[32], <f32>> parts ["m.n"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x20xf32> {
    %t = g4.use @embed : !g4q.weight<[64, 32], <bf16>>
    %n = g4.use @norm : !g4q.weight<[32], <f32>>
    %w = g4.use @up : !g4q.weight<[40, 32], <bf16>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 32], <bf16>> -> tensor<?x32xf32>
    %o = g4.take_rows %e, %rows : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
    %y = g4.fused_linear %o, %w norm %n gelu_gated {epsilon = 1.0 : f32} : (tensor<?x32xf32>, !g4q.weight<[40, 32], <bf16>>, !g4q.weight<[32], <f32>>) -> tensor<?x20xf32>
    return %y : tensor<?x20xf32>
  }
}

// -----

// A wider machine has five buckets and larger tiles.
// CHECK-DAG: g4t.kernel @linear_f32_n64k32_m1n64
// CHECK-DAG: g4t.kernel @linear_f32_n64k32_m8n32x2
// CHECK: kernels = [@linear_f32_n64k32_m1n64, @linear_f32_n64k32_m2n64, @linear_f32_n64k32_m4n64, @linear_f32_n64k32_m8n32x2, @linear_f32_n64k32_m8n32x2]
module @wide attributes {g4t.target = #g4t.target<"wide", device = "cpu", warp = 1, scratch = 1048576, features = ["avx512f"]>} {
  g4.weight @table : !g4q.weight<[64, 32], <f32>> parts ["m.e"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x64xf32> {
    %t = g4.use @table : !g4q.weight<[64, 32], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 32], <f32>> -> tensor<?x32xf32>
    %y = g4.fused_linear %e, %t none : (tensor<?x32xf32>, !g4q.weight<[64, 32], <f32>>) -> tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}

// -----

// Two layers of equal sizes share their kernels; one table of angles serves both.
// CHECK-COUNT-1: g4t.kernel @rope_table_d8
// CHECK-COUNT-1: g4t.kernel @qkv_h2d8_f32_kv1d8p32w16
// CHECK-COUNT-1: g4t.kernel @attention_h2_f32_kv1d8p32w16_q1
// CHECK-NOT: g4t.kernel @qkv
// CHECK: func.func @step
// CHECK: %[[ROPE:.*]]:2 = g4x.dispatch "freqs"()
// CHECK: g4x.dispatch "norm"(%{{.*}}, %[[ROPE]]#0, %[[ROPE]]#1) {{.*}} #g4x.cache_keys<@kv.0>, #g4x.cache_values<@kv.0>, #g4x.table<window>, #g4x.table_width<window>, #g4x.input<positions>, #g4x.input<slots>]
// CHECK: g4x.dispatch "kv.0.attention"(%{{.*}}) {{.*}}#g4x.extent<query_tiles>
// CHECK-NOT: rope_table
// CHECK: g4x.dispatch "norm"(%{{.*}}, %[[ROPE]]#0, %[[ROPE]]#1) {{.*}} #g4x.cache_keys<@kv.1>
// CHECK: g4x.dispatch "kv.1.attention"
module @cpu attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"]>} {
  g4.weight @table : !g4q.weight<[64, 32], <f32>> parts ["m.e"]
  g4.weight @norm : !g4q.weight<[8], <f32>> parts ["m.n"]
  g4.weight @freqs : !g4q.weight<[4], <f32>> values dense<1.0> : tensor<4xf32>
  g4.kv_cache @kv.0 {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 16}
  g4.kv_cache @kv.1 {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 16}
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x2x8xf32> {
    %t = g4.use @table : !g4q.weight<[64, 32], <f32>>
    %n = g4.use @norm : !g4q.weight<[8], <f32>>
    %f = g4.use @freqs : !g4q.weight<[4], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 32], <f32>> -> tensor<?x32xf32>
    %q0 = g4.qkv_prepare @kv.0, %e, %p, %f, %n keys %n {epsilon = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
    %a0 = g4.attention @kv.0, %q0, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
    %q1 = g4.qkv_prepare @kv.1, %e, %p, %f, %n keys %n {epsilon = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
    %a1 = g4.attention @kv.1, %q1, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
    %s = g4.rows(%a0, %a1) : (tensor<?x2x8xf32>, tensor<?x2x8xf32>) -> tensor<?x2x8xf32> {
    ^bb0(%x: tensor<?x2x8xf32>, %y: tensor<?x2x8xf32>):
      %z = g4.add %x, %y : tensor<?x2x8xf32>
      g4.yield %z : tensor<?x2x8xf32>
    }
    return %s : tensor<?x2x8xf32>
  }
}

// -----

// Experts: a step of one row reads its experts, larger ones group rows by expert first. Tiles of one row are all full.
// CHECK: g4t.kernel @router_e4k32_top2
// CHECK: func.func @step
// CHECK: %[[R:.*]]:4 = g4x.dispatch "router.scale"
// CHECK: %[[G:.*]]:6 = g4x.dispatch {{.*}}(%[[R]]#1) {{.*}}kernels = [unit, @group_e4top2_m1, @group_e4top2_m1, @group_e4top2_m4]
// CHECK: g4x.dispatch "experts"(%{{.*}}, %[[R]]#1, %[[G]]#0, %[[G]]#1, %[[G]]#2, %[[G]]#3, %[[G]]#4, %[[G]]#5) {grids_x = [#g4x.extent<tokens mul 2>, #g4x.extent<tokens mul 2>, #g4x.extent<tokens mul 2>, #g4x.extent<tokens mul 2 div 4 add 4>]
// CHECK: g4x.dispatch {{.*}} kernels = [@[[ROWS:rows_k32_[0-9a-f]+]], @[[ROWS]], @[[ROWS]], @[[ROWS]]]
module @cpu attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"]>} {
  g4.weight @table : !g4q.weight<[64, 32], <f32>> parts ["m.e"]
  g4.weight @router.scale : !g4q.weight<[32], <f32>> parts ["m.s"]
  g4.weight @router.proj : !g4q.weight<[4, 32], <f32>> parts ["m.p"]
  g4.weight @router.each : !g4q.weight<[4], <f32>> parts ["m.pe"]
  g4.weight @experts : !g4q.weight<[4, 32, 32], <f32>> parts ["m.x"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x32xf32> {
    %t = g4.use @table : !g4q.weight<[64, 32], <f32>>
    %rs = g4.use @router.scale : !g4q.weight<[32], <f32>>
    %rp = g4.use @router.proj : !g4q.weight<[4, 32], <f32>>
    %re = g4.use @router.each : !g4q.weight<[4], <f32>>
    %ew = g4.use @experts : !g4q.weight<[4, 32, 32], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 32], <f32>> -> tensor<?x32xf32>
    %w, %i = g4.router %e, %rs, %rp, %re {factor = 0.5 : f32, epsilon = 1.0 : f32} : (tensor<?x32xf32>, !g4q.weight<[32], <f32>>, !g4q.weight<[4, 32], <f32>>, !g4q.weight<[4], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
    %y = g4.fused_linear %e, %ew experts %i none : (tensor<?x32xf32>, !g4q.weight<[4, 32, 32], <f32>>, tensor<?x2xi32>) -> tensor<?x2x32xf32>
    %s = g4.rows(%y, %w) : (tensor<?x2x32xf32>, tensor<?x2xf32>) -> tensor<?x32xf32> {
    ^bb0(%a: tensor<?x2x32xf32>, %b: tensor<?x2xf32>):
      %z = g4.expert_sum %a, %b : tensor<?x2x32xf32>, tensor<?x2xf32> -> tensor<?x32xf32>
      g4.yield %z : tensor<?x32xf32>
    }
    return %s : tensor<?x32xf32>
  }
}

// -----

// A module without a target is left alone.
// CHECK: module @plain
// CHECK-NEXT: func.func @step
// CHECK-NEXT: g4.add
module @plain {
  func.func @step(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %0 = g4.add %x, %x : tensor<?x4xf32>
    return %0 : tensor<?x4xf32>
  }
}
