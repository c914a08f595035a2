/* Wine 8 has no bcryptprimitives.dll; what is written in Rust takes its random numbers from it. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE target, SIZE_T size) {
  return SystemFunction036(target, (ULONG)size);
}
