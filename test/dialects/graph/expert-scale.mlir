// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @expert_scale
func.func @expert_scale(%w: tensor<?x2xf32>, %e: tensor<?x2xi32>, %s: !g4q.weight<[8], <f32>>) {
  // CHECK: g4.expert_scale %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x2xf32>, tensor<?x2xi32>, <[8], <f32>> -> tensor<?x2xf32>
  %0 = g4.expert_scale %w, %e, %s : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return
}

// -----

func.func @expert_scale_c1(%w: tensor<?x2xf32>, %e: tensor<?x2xi32>, %s: !g4q.weight<[8, 1], <f32>>) {
  // expected-error @+1 {{scales must have rank 1, got '!g4q.weight<[8, 1], <f32>>'}}
  %0 = g4.expert_scale %w, %e, %s : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8, 1], <f32>> -> tensor<?x2xf32>
  return
}

// -----

func.func @expert_scale_c2(%w: tensor<?x2xf32>, %e: tensor<?x3xi32>, %s: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{weights, experts and result must have one shape}}
  %0 = g4.expert_scale %w, %e, %s : tensor<?x2xf32>, tensor<?x3xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2xf32>
  return
}

// -----

func.func @expert_scale_c2_result(%w: tensor<?x2xf32>, %e: tensor<?x2xi32>, %s: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{weights, experts and result must have one shape}}
  %0 = g4.expert_scale %w, %e, %s : tensor<?x2xf32>, tensor<?x2xi32>, !g4q.weight<[8], <f32>> -> tensor<?x3xf32>
  return
}
