//===- Api.h - The functions of the fake libcuda.so.1 -----------*- C++ -*-===//
//
// Those that the fake's own test calls by name.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKECUDA_API_H
#define G4_TEST_FAKECUDA_API_H

#include "test/fakedriver/Types.h"

extern "C" {
int cuInit(unsigned flags);
int cuDeviceGetCount(int *count);
int cuDevicePrimaryCtxRetain(void **context, int device);
int cuCtxSetCurrent(void *context);
int cuMemGetInfo_v2(size_t *freeBytes, size_t *totalBytes);
int cuMemAlloc_v2(unsigned long long *address, size_t bytes);
int cuMemFree_v2(unsigned long long address);
int cuMemHostAlloc(void **pointer, size_t bytes, unsigned flags);
int cuMemFreeHost(void *pointer);
int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t bytes,
                         void *stream);
int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes,
                         void *stream);
int cuMemsetD8Async(unsigned long long at, unsigned char value, size_t bytes,
                    void *stream);
int cuStreamCreate(void **stream, unsigned flags);
int cuStreamDestroy_v2(void *stream);
int cuStreamSynchronize(void *stream);
int cuStreamBeginCapture_v2(void *stream, int mode);
int cuStreamEndCapture(void *stream, void **graph);
int cuEventCreate(void **event, unsigned flags);
int cuEventRecord(void *event, void *stream);
int cuEventSynchronize(void *event);
int cuGraphInstantiateWithFlags(void **exec, void *graph,
                                unsigned long long flags);
int cuGraphLaunch(void *exec, void *stream);
int cuModuleLoadDataEx(void **module, const void *image, unsigned numOptions,
                       int *options, void **values);
int cuModuleGetFunction(void **function, void *module, const char *name);
int cuFuncSetAttribute(void *function, int attribute, int value);
int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                   unsigned gridZ, unsigned blockX, unsigned blockY,
                   unsigned blockZ, unsigned sharedBytes, void *stream,
                   void **params, void **extra);
}

#endif // G4_TEST_FAKECUDA_API_H
