// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @embed
func.func @embed(%ids: tensor<?xi32>, %t: !g4q.weight<[16, 8], <bf16>>) {
  // CHECK: g4.embed %{{.*}}, %{{.*}} {scale = 2.000000e+00 : f32} : tensor<?xi32>, <[16, 8], <bf16>> -> tensor<?x8xf32>
  %0 = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[16, 8], <bf16>> -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func @embed_axes
func.func @embed_axes(%ids: tensor<?x2xi32>, %t: !g4q.weight<[2, 16, 8], <bf16>>, %u: !g4q.weight<[16, 2, 8], <bf16>>) {
  // CHECK: g4.embed %{{.*}}, %{{.*}} {scale = 1.000000e+00 : f32} : tensor<?x2xi32>, <[2, 16, 8], <bf16>> -> tensor<?x8xf32>
  %0 = g4.embed %ids, %t {scale = 1.0 : f32} : tensor<?x2xi32>, !g4q.weight<[2, 16, 8], <bf16>> -> tensor<?x8xf32>
  // CHECK: g4.embed %{{.*}}, %{{.*}} {interleaved, scale = 1.000000e+00 : f32} : tensor<?x2xi32>, <[16, 2, 8], <bf16>> -> tensor<?x8xf32>
  %1 = g4.embed %ids, %u {interleaved, scale = 1.0 : f32} : tensor<?x2xi32>, !g4q.weight<[16, 2, 8], <bf16>> -> tensor<?x8xf32>
  return
}

// -----

func.func @embed_c1(%ids: tensor<?xi32>, %t: !g4q.weight<[16], <f32>>) {
  // expected-error @+1 {{table must have rank 2 and not be interleaved, got '!g4q.weight<[16], <f32>>'}}
  %0 = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[16], <f32>> -> tensor<?x16xf32>
  return
}

// -----

func.func @embed_c1_interleaved(%ids: tensor<?xi32>, %t: !g4q.weight<[16, 8], <f32>>) {
  // expected-error @+1 {{table must have rank 2 and not be interleaved}}
  %0 = g4.embed %ids, %t {interleaved, scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[16, 8], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @embed_c1_axes(%ids: tensor<?x2xi32>, %t: !g4q.weight<[16, 2, 8], <f32>>) {
  // expected-error @+1 {{table must have rank 3 with dimension 0 of 2, got '!g4q.weight<[16, 2, 8], <f32>>'}}
  %0 = g4.embed %ids, %t {scale = 1.0 : f32} : tensor<?x2xi32>, !g4q.weight<[16, 2, 8], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @embed_c2(%ids: tensor<?xi32>, %t: !g4q.weight<[16, 8], <f32>>) {
  // expected-error @+1 {{result must have shape [rows of ids, 8], got 'tensor<?x16xf32>'}}
  %0 = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[16, 8], <f32>> -> tensor<?x16xf32>
  return
}

// -----

func.func @embed_c2_rows(%ids: tensor<3xi32>, %t: !g4q.weight<[16, 8], <f32>>) {
  // expected-error @+1 {{result must have shape [rows of ids, 8], got 'tensor<4x8xf32>'}}
  %0 = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<3xi32>, !g4q.weight<[16, 8], <f32>> -> tensor<4x8xf32>
  return
}

// -----

func.func @embed_c2_rank(%ids: tensor<i32>, %t: !g4q.weight<[16, 8], <f32>>) {
  // expected-error @+1 {{result must have shape [rows of ids, 8], got 'tensor<8xf32>'}}
  %0 = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<i32>, !g4q.weight<[16, 8], <f32>> -> tensor<8xf32>
  return
}
