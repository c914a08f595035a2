/* python.exe of the Windows Python: loads python311.dll from its own directory and calls Py_Main. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

typedef int (*Main)(int, wchar_t **);

int wmain(int count, wchar_t **arguments) {
  static wchar_t path[32768];
  GetModuleFileNameW(NULL, path, 32767);
  wcscpy(wcsrchr(path, L'\\') + 1, L"python311.dll");
  HMODULE library = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (!library) {
    fwprintf(stderr, L"cannot load %ls: %lu\n", path, GetLastError());
    return 90;
  }
  return ((Main)GetProcAddress(library, "Py_Main"))(count, arguments);
}
