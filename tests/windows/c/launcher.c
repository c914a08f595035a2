/* Stands in for the launcher that CPython puts into an environment as Scripts\python.exe: it starts the Python that
   pyvenv.cfg names, in a job that ends with it, and hands on the exit code. The original is in no package. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#include "arguments.h"

static wchar_t self[32768], config[32768], home[32768], program[32768], command[65536];

static BOOL WINAPI ignored(DWORD event) {
  (void)event;
  return TRUE; /* Ctrl-C is the Python's */
}

static int find_home(void) {
  static char text[65536];
  FILE *file = _wfopen(config, L"rb");
  if (!file) return 0;
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
    char *value = strchr(line, '=');
    if (!value || strncmp(line, "home", 4) || (line[4] != ' ' && line[4] != '=')) continue;
    for (value++; *value == ' '; value++) {}
    return MultiByteToWideChar(CP_UTF8, 0, value, -1, home, 32767);
  }
  return 0;
}

int wmain(void) {
  GetModuleFileNameW(NULL, self, 32767);
  wcscpy(config, self);
  wchar_t *slash = wcsrchr(config, L'\\');
  const wchar_t *name = self + (slash - config) + 1;
  *slash = 0;
  wcscpy(wcsrchr(config, L'\\') + 1, L"pyvenv.cfg");
  if (!find_home()) {
    fwprintf(stderr, L"no home in %ls\n", config);
    return 106;
  }
  swprintf(program, 32767, L"%ls\\%ls", home, name);
  SetEnvironmentVariableW(L"__PYVENV_LAUNCHER__", self);
  swprintf(command, 65535, L"\"%ls\"%ls", program, arguments());
  HANDLE job = CreateJobObjectW(NULL, NULL);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
  SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  STARTUPINFOW startup = {sizeof startup};
  PROCESS_INFORMATION started;
  GetStartupInfoW(&startup);
  SetConsoleCtrlHandler(ignored, TRUE);
  if (!CreateProcessW(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &started)) {
    fwprintf(stderr, L"cannot start %ls: %lu\n", command, GetLastError());
    return 101;
  }
  AssignProcessToJobObject(job, started.hProcess);
  CloseHandle(started.hThread);
  WaitForSingleObject(started.hProcess, INFINITE);
  DWORD code = 1;
  GetExitCodeProcess(started.hProcess, &code);
  return (int)code;
}
