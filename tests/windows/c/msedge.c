/* msedge.exe of the Windows for the tests: starts the script that relays to a Chromium outside of Wine, and hands on
   arguments and inherited pipes. PYTHON and SCRIPT are given when it is compiled. */
#include <wchar.h>
#include <windows.h>

#include "arguments.h"

static wchar_t command[65536];

int wmain(void) {
  swprintf(command, 65535, L"\"%ls\" -I -X utf8 \"%ls\"%ls", PYTHON, SCRIPT, arguments());
  HANDLE job = CreateJobObjectW(NULL, NULL);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  STARTUPINFOW startup = {sizeof startup};
  PROCESS_INFORMATION started;
  GetStartupInfoW(&startup); /* its reserved fields name the inherited pipes 3 and 4 */
  if (!CreateProcessW(PYTHON, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &started)) return 101;
  AssignProcessToJobObject(job, started.hProcess);
  CloseHandle(started.hThread);
  WaitForSingleObject(started.hProcess, INFINITE);
  DWORD code = 1;
  GetExitCodeProcess(started.hProcess, &code);
  return (int)code;
}
