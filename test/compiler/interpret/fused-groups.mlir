// Every fusion pass, alone and behind the others, leaves a layer that gives the same numbers: weights are made up, merged ones
// too.

// DEFINE: %{options} = --tokens 3,1,4,1,5 --random-weights 7 --print logits,layers,router
// RUN: g4-interp %s %{options} > %t.plain
// RUN: FileCheck %s < %t.plain

// CHECK: embed [5, 8]
// CHECK: router.experts [5, 2]
// CHECK: logits.0 [5, 16]
// CHECK: logits.1 [5, 8]

// RUN: g4-opt %s -g4-merge-linears | g4-interp - %{options} > %t.merged
// RUN: diff %t.plain %t.merged
// RUN: g4-opt %s -g4-merge-linears -g4-fuse-qkv | g4-interp - %{options} > %t.qkv
// RUN: diff %t.plain %t.qkv
// RUN: g4-opt %s -g4-fuse-router | g4-interp - %{options} > %t.router
// RUN: diff %t.plain %t.router
// RUN: g4-opt %s -g4-fuse-linear | g4-interp - %{options} > %t.linear
// RUN: diff %t.plain %t.linear
// RUN: g4-opt %s -g4-fuse-rows | g4-interp - %{options} > %t.rows
// RUN: diff %t.plain %t.rows
// RUN: g4-opt %s -g4-merge-linears -g4-fuse-qkv -g4-fuse-router -g4-fuse-linear -g4-fuse-rows > %t.mlir
// RUN: g4-interp %t.mlir %{options} > %t.all
// RUN: diff %t.plain %t.all

// Each pass found something: were it not so, nothing would be compared.
// RUN: FileCheck %s --check-prefix=FUSED < %t.mlir
// FUSED: g4.weight @attn.q_k_v {{.*}}part_rows = array<i64: 8, 4, 4>
// FUSED: g4.qkv_prepare
// FUSED: g4.rows
// FUSED: g4.fused_linear {{.*}}gelu_gated
// FUSED: g4.router
// FUSED: g4.fused_linear {{.*}}experts
// FUSED: g4.fused_linear {{.*}}softcap

// Another seed gives other numbers.
// RUN: g4-interp %s --tokens 3,1,4,1,5 --random-weights 7 > %t.seven
// RUN: g4-interp %s --tokens 3,1,4,1,5 --random-weights 8 > %t.eight
// RUN: not diff %t.seven %t.eight

g4.weight @embed : !g4q.weight<[16, 8], <f32>> parts ["embed"]
g4.weight @attn.norm : !g4q.weight<[8], <f32>> parts ["attn.norm"]
g4.weight @attn.q : !g4q.weight<[8, 8], <f32>> parts ["attn.q"]
g4.weight @attn.k : !g4q.weight<[4, 8], <f32>> parts ["attn.k"]
g4.weight @attn.v : !g4q.weight<[4, 8], <f32>> parts ["attn.v"]
g4.weight @attn.q_norm : !g4q.weight<[4], <f32>> parts ["attn.q_norm"]
g4.weight @attn.k_norm : !g4q.weight<[4], <f32>> parts ["attn.k_norm"]
g4.weight @attn.o : !g4q.weight<[8, 8], <f32>> parts ["attn.o"]
g4.weight @mlp.norm : !g4q.weight<[8], <f32>> parts ["mlp.norm"]
g4.weight @mlp.gate : !g4q.weight<[12, 8], <f32>> parts ["mlp.gate"]
g4.weight @mlp.up : !g4q.weight<[12, 8], <f32>> parts ["mlp.up"]
g4.weight @mlp.down : !g4q.weight<[8, 12], <f32>> parts ["mlp.down"]
g4.weight @router.scale : !g4q.weight<[8], <f32>> parts ["router.scale"]
g4.weight @router.proj : !g4q.weight<[3, 8], <f32>> parts ["router.proj"]
g4.weight @router.per_expert : !g4q.weight<[3], <f32>> parts ["router.per_expert"]
g4.weight @experts.up : !g4q.weight<[3, 8, 8], <f32>> parts ["experts.0", "experts.1", "experts.2"]
g4.weight @norm : !g4q.weight<[8], <f32>> parts ["norm"]
g4.weight @rope : !g4q.weight<[2], <f32>> values dense<[1.0, 0.01]> : tensor<2xf32>
g4.kv_cache @kv {window = 3, num_kv_heads = 1, head_dim = 4, dtype = f32}

func.func @text(%ids: tensor<?xi32>, %positions: tensor<?xi32>, %outputs: tensor<?xi32>)
    -> (tensor<?x16xf32>, tensor<?x8xf32>) {
  %embed = g4.use @embed : !g4q.weight<[16, 8], <f32>>
  %h0 = g4.embed %ids, %embed {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[16, 8], <f32>> -> tensor<?x8xf32>
  g4.tap "embed", %h0 : tensor<?x8xf32>

  %attn_norm = g4.use @attn.norm : !g4q.weight<[8], <f32>>
  %x = g4.rms_norm %h0, %attn_norm {epsilon = 0.01 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  %wq = g4.use @attn.q : !g4q.weight<[8, 8], <f32>>
  %wk = g4.use @attn.k : !g4q.weight<[4, 8], <f32>>
  %wv = g4.use @attn.v : !g4q.weight<[4, 8], <f32>>
  %q_norm = g4.use @attn.q_norm : !g4q.weight<[4], <f32>>
  %k_norm = g4.use @attn.k_norm : !g4q.weight<[4], <f32>>
  %rope = g4.use @rope : !g4q.weight<[2], <f32>>
  %q0 = g4.linear %x, %wq : tensor<?x8xf32>, !g4q.weight<[8, 8], <f32>> -> tensor<?x8xf32>
  %q1 = g4.heads %q0 : tensor<?x8xf32> -> tensor<?x2x4xf32>
  %q2 = g4.rms_norm %q1, %q_norm {epsilon = 0.01 : f32} : tensor<?x2x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x2x4xf32>
  %q = g4.rope %q2, %positions, %rope : tensor<?x2x4xf32>, tensor<?xi32>, !g4q.weight<[2], <f32>> -> tensor<?x2x4xf32>
  %k0 = g4.linear %x, %wk : tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>> -> tensor<?x4xf32>
  %k1 = g4.heads %k0 : tensor<?x4xf32> -> tensor<?x1x4xf32>
  %k2 = g4.rms_norm %k1, %k_norm {epsilon = 0.01 : f32} : tensor<?x1x4xf32>, !g4q.weight<[4], <f32>> -> tensor<?x1x4xf32>
  %k = g4.rope %k2, %positions, %rope : tensor<?x1x4xf32>, tensor<?xi32>, !g4q.weight<[2], <f32>> -> tensor<?x1x4xf32>
  %v0 = g4.linear %x, %wv : tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>> -> tensor<?x4xf32>
  %v1 = g4.heads %v0 : tensor<?x4xf32> -> tensor<?x1x4xf32>
  %v = g4.rms_norm %v1 {epsilon = 0.01 : f32} : tensor<?x1x4xf32> -> tensor<?x1x4xf32>
  g4.kv_write @kv, %k, %v, %positions : tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?xi32>
  %a0 = g4.attention @kv, %q, %positions {scale = 1.0 : f32} : tensor<?x2x4xf32>, tensor<?xi32> -> tensor<?x2x4xf32>
  %a1 = g4.heads %a0 : tensor<?x2x4xf32> -> tensor<?x8xf32>
  %wo = g4.use @attn.o : !g4q.weight<[8, 8], <f32>>
  %a2 = g4.linear %a1, %wo : tensor<?x8xf32>, !g4q.weight<[8, 8], <f32>> -> tensor<?x8xf32>
  %h1 = g4.add %h0, %a2 : tensor<?x8xf32>

  %mlp_norm = g4.use @mlp.norm : !g4q.weight<[8], <f32>>
  %m0 = g4.rms_norm %h1, %mlp_norm {epsilon = 0.01 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  %wg = g4.use @mlp.gate : !g4q.weight<[12, 8], <f32>>
  %gate = g4.linear %m0, %wg : tensor<?x8xf32>, !g4q.weight<[12, 8], <f32>> -> tensor<?x12xf32>
  %wu = g4.use @mlp.up : !g4q.weight<[12, 8], <f32>>
  %up = g4.linear %m0, %wu : tensor<?x8xf32>, !g4q.weight<[12, 8], <f32>> -> tensor<?x12xf32>
  %m1 = g4.gelu_mul %gate, %up : tensor<?x12xf32>
  %wd = g4.use @mlp.down : !g4q.weight<[8, 12], <f32>>
  %m2 = g4.linear %m1, %wd : tensor<?x12xf32>, !g4q.weight<[8, 12], <f32>> -> tensor<?x8xf32>

  %scale = g4.use @router.scale : !g4q.weight<[8], <f32>>
  %proj = g4.use @router.proj : !g4q.weight<[3, 8], <f32>>
  %per_expert = g4.use @router.per_expert : !g4q.weight<[3], <f32>>
  %r0 = g4.rms_norm %h1 {epsilon = 0.01 : f32} : tensor<?x8xf32> -> tensor<?x8xf32>
  %r1 = g4.scale %r0, %scale {factor = 0.5 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  %r2 = g4.linear %r1, %proj : tensor<?x8xf32>, !g4q.weight<[3, 8], <f32>> -> tensor<?x3xf32>
  %r3, %experts = g4.top_k %r2 : tensor<?x3xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %weights = g4.expert_scale %r3, %experts, %per_expert : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[3], <f32>> -> tensor<?x2xf32>
  g4.tap "layers.0.router.experts", %experts : tensor<?x2xi32>
  %we = g4.use @experts.up : !g4q.weight<[3, 8, 8], <f32>>
  %e0 = g4.expert_linear %h1, %experts, %we : tensor<?x8xf32>, tensor<?x2xi32>, !g4q.weight<[3, 8, 8], <f32>> -> tensor<?x2x8xf32>
  %e1 = g4.expert_sum %e0, %weights : tensor<?x2x8xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
  %s0 = g4.add %m2, %e1 : tensor<?x8xf32>
  %h2 = g4.add %h1, %s0 : tensor<?x8xf32>

  %last = g4.take_rows %h2, %outputs : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %norm = g4.use @norm : !g4q.weight<[8], <f32>>
  %n = g4.rms_norm %last, %norm {epsilon = 0.01 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  %l0 = g4.linear %n, %embed : tensor<?x8xf32>, !g4q.weight<[16, 8], <f32>> -> tensor<?x16xf32>
  %logits = g4.softcap %l0 {cap = 3.0 : f32} : tensor<?x16xf32>
  return %logits, %h2 : tensor<?x16xf32>, tensor<?x8xf32>
}
