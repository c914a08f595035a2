/* The arguments of this program as they came, without its name. */
#include <wchar.h>
#include <windows.h>

static wchar_t *arguments(void) {
  wchar_t *at = GetCommandLineW();
  if (*at == L'"') {
    for (at++; *at && *at != L'"'; at++) {}
    return *at ? at + 1 : at;
  }
  for (; *at && *at != L' ' && *at != L'\t'; at++) {}
  return at;
}
