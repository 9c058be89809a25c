//===- Calls.h - What a fake driver does -------------------------*- C++
//-*-===//
//
// One function for each of the API; the faces give them their names there.
// `call` is that name, for complaints.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKEDRIVER_CALLS_H
#define G4_TEST_FAKEDRIVER_CALLS_H

#include "test/fakedriver/Types.h"

namespace g4::fakedriver {

Result init(unsigned flags);
Result driverGetVersion(int *version);
Result getErrorName(int error, const char **name);
Result getErrorString(int error, const char **words);
Result deviceGetCount(int *count);
Result deviceGet(int *device, int ordinal);
Result deviceGetName(char *name, int bytes, int device);
Result deviceGetUuid(char *uuid, int device);
Result deviceTotalMem(size_t *bytes, int device);
Result memGetInfo(const char *call, size_t *freeBytes, size_t *totalBytes);
Result memAlloc(const char *call, Address *address, size_t bytes);
Result memFree(const char *call, Address address);
Result memHostAlloc(const char *call, void **pointer, size_t bytes,
                    unsigned flags);
Result memFreeHost(const char *call, void *pointer);
Result memcpyToDevice(const char *call, Address to, const void *from,
                      size_t bytes, void *stream);
Result memcpyToHost(const char *call, void *to, Address from, size_t bytes,
                    void *stream);
Result memcpyOnDevice(const char *call, Address to, Address from, size_t bytes,
                      void *stream);
Result memsetBytes(const char *call, Address at, unsigned char value,
                   size_t bytes, void *stream);
Result moduleLoadData(const char *call, void **module, const void *image,
                      unsigned numOptions, int *options, void **values);
Result moduleUnload(const char *call, void *module);
Result moduleGetFunction(const char *call, void **function, void *module,
                         const char *name);
Result functionGetAttribute(const char *call, int *value, int attribute,
                            void *handle);
Result functionSetAttribute(const char *call, void *handle, int attribute,
                            int value);
Result launchKernel(const char *call, void *handle, unsigned gridX,
                    unsigned gridY, unsigned gridZ, unsigned blockX,
                    unsigned blockY, unsigned blockZ, unsigned sharedBytes,
                    void *stream, void **params, void **extra);
Result streamCreate(const char *call, void **stream, unsigned flags);
Result streamDestroy(const char *call, void *handle);
Result streamSynchronize(const char *call, void *handle);
Result streamQuery(const char *call, void *handle);
Result streamWaitEvent(const char *call, void *handle, void *event,
                       unsigned flags);
Result eventCreate(const char *call, void **event, unsigned flags);
Result eventDestroy(const char *call, void *handle);
Result eventRecord(const char *call, void *handle, void *streamHandle);
Result eventSynchronize(const char *call, void *handle);
Result eventQuery(const char *call, void *handle);
Result eventElapsedTime(const char *call, float *milliseconds, void *start,
                        void *end);
Result streamBeginCapture(const char *call, void *handle, int mode);
Result streamEndCapture(const char *call, void *handle, void **graph);
Result graphInstantiate(const char *call, void **exec, void *graph,
                        unsigned long long flags);
Result graphUpload(const char *call, void *exec, void *handle);
Result graphLaunch(const char *call, void *exec, void *handle);
Result graphDestroy(const char *call, void *graph);
Result graphExecDestroy(const char *call, void *exec);

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_CALLS_H
