/* A stand-in for the windows of signing clients and token drivers. It reads what to show from standard input, UTF-8, one
 * thing a line, fields parted by tabs, and writes what it was answered to standard output, one JSON object a line.
 *
 *   window CLASS TITLE [X Y]          a dialog; what follows belongs to it; several are shown one after the other
 *   text ID TEXT | edit ID FLAGS TEXT | button ID TEXT ACTION [MORE...] | check ID TEXT 0|1
 *   list ID ROW... | combo ID ROW... | table ID ROW...   cells of a table are parted by '|', its first row is the heading
 *   does hidden | minimised | vanish-on-read | disabled ID | delay, hang or vanish after MILLISECONDS
 *   certificate HEX                   (before picker) one for Windows' own certificate picker
 *   picker TITLE TEXT                 that picker
 *
 * Actions: end, stay, cancel, hang, enable ID, pin FIELD EXPECTED STATIC TRIES, view LIST TEXT...
 */
#define UNICODE
#define _UNICODE
#include <windows.h>
#include <commctrl.h>
#include <wincrypt.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 64
enum { HIDDEN = 1, MINIMISED = 2, VANISH_ON_READ = 4, PLACED = 8 };
typedef struct { WCHAR *fields[MOST]; int count; } Line;
typedef struct { int delay, hang, vanish, flags, x, y, disabled, first, last; WCHAR *class, *title; } Dialog;

static Line lines[512];
static int line_count;
static HCERTSTORE store;
static WNDPROC old_static;

static void say(const WCHAR *text) {
    char out[8192];
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, out, sizeof out, NULL, NULL);
    fwrite(out, 1, size - 1, stdout);
}
static void say_string(const WCHAR *text) {
    say(L"\"");
    for (; *text; text++) {
        WCHAR one[8] = { *text, 0 };
        if (*text == '"' || *text == '\\' || *text < ' ') swprintf(one, 8, L"\\u%04x", *text);
        else if (IS_HIGH_SURROGATE(*text)) { one[1] = *++text; one[2] = 0; }
        say(one);
    }
    say(L"\"");
}
static void tell(HWND dialog, const WCHAR *event, int id);

static Line *line_of(Dialog *d, int id) {
    for (int i = d->first; i < d->last; i++)
        if (lines[i].count > 1 && wcscmp(lines[i].fields[0], L"does") && _wtoi(lines[i].fields[1]) == id) return &lines[i];
    return NULL;
}
static int is(const Line *line, const WCHAR *name) { return !wcscmp(line->fields[0], name); }

/* One line: what happened, and all that the window's fields, boxes and lists hold at that moment. */
static void tell(HWND window, const WCHAR *event, int id) {
    Dialog *d = (Dialog *)GetWindowLongPtrW(window, GWLP_USERDATA);
    WCHAR text[512], number[64];
    say(L"{\"event\": "); say_string(event);
    swprintf(number, 64, L", \"id\": %d, \"window\": ", id); say(number);
    GetWindowTextW(window, text, 512); say_string(text);
    say(L", \"holds\": {");
    const WCHAR *comma = L"";
    for (int i = d->first; i < d->last; i++) {
        Line *line = &lines[i];
        HWND control = line->count > 1 ? GetDlgItem(window, _wtoi(line->fields[1])) : NULL;
        if (!control || is(line, L"text") || is(line, L"button") || is(line, L"does")) continue;
        say(comma); comma = L", ";
        say_string(line->fields[1]); say(L": ");
        if (is(line, L"edit")) { GetWindowTextW(control, text, 512); say_string(text); continue; }
        LRESULT value = is(line, L"check") ? SendMessageW(control, BM_GETCHECK, 0, 0)
            : is(line, L"list") ? SendMessageW(control, LB_GETCURSEL, 0, 0)
            : is(line, L"combo") ? SendMessageW(control, CB_GETCURSEL, 0, 0)
            : SendMessageW(control, LVM_GETNEXTITEM, -1, LVNI_SELECTED);
        swprintf(number, 64, L"%d", (int)value); say(number);
    }
    say(L"}}\n");
    fflush(stdout);
}

static INT_PTR show(Dialog *d, HWND owner);

static void fill(HWND window, Line *line) {
    HWND control = GetDlgItem(window, _wtoi(line->fields[1]));
    for (int i = 2; i < line->count; i++) {
        if (is(line, L"list")) SendMessageW(control, LB_ADDSTRING, 0, (LPARAM)line->fields[i]);
        if (is(line, L"combo")) SendMessageW(control, CB_ADDSTRING, 0, (LPARAM)line->fields[i]);
        if (!is(line, L"table")) continue;
        WCHAR cells[1024], *cell;
        int column = 0;
        wcsncpy(cells, line->fields[i], 1023);
        for (cell = wcstok(cells, L"|"); cell; cell = wcstok(NULL, L"|"), column++) {
            LVCOLUMNW head = { LVCF_TEXT | LVCF_WIDTH, 0, 150, cell };
            LVITEMW item = { LVIF_TEXT, i - 3, column };
            item.pszText = cell;
            if (i == 2) SendMessageW(control, LVM_INSERTCOLUMNW, column, (LPARAM)&head);
            else if (!column) SendMessageW(control, LVM_INSERTITEMW, 0, (LPARAM)&item);
            else SendMessageW(control, LVM_SETITEMTEXTW, i - 3, (LPARAM)&item);
        }
    }
    if (is(line, L"check")) SendMessageW(control, BM_SETCHECK, _wtoi(line->fields[3]), 0);
}

static void press(HWND window, Dialog *d, Line *line) {
    int id = _wtoi(line->fields[1]);
    WCHAR *action = line->fields[3];
    tell(window, L"press", id);
    if (!wcscmp(action, L"end")) EndDialog(window, 1);
    if (!wcscmp(action, L"hang")) Sleep(120000);
    if (!wcscmp(action, L"enable")) EnableWindow(GetDlgItem(window, _wtoi(line->fields[4])), TRUE);
    if (!wcscmp(action, L"cancel")) EndDialog(window, 0);
    if (!wcscmp(action, L"pin")) {
        WCHAR given[256], message[256];
        GetDlgItemTextW(window, _wtoi(line->fields[4]), given, 256);
        if (!wcscmp(given, line->fields[5])) { EndDialog(window, 1); return; }
        int left = _wtoi(line->fields[7]) - 1;
        swprintf(line->fields[7] = malloc(32), 16, L"%d", left);
        swprintf(message, 256, L"M\x00e3 PIN kh\x00f4ng \x0111\x00fang, c\x00f2n %d l\x1ea7n th\x1eed.", left);
        SetDlgItemTextW(window, _wtoi(line->fields[6]), message);
        SetDlgItemTextW(window, _wtoi(line->fields[4]), L"");
    }
    if (!wcscmp(action, L"view")) {
        int list = _wtoi(line->fields[4]);
        Line *of = line_of(d, list);
        LRESULT row = SendDlgItemMessageW(window, list, is(of, L"list") ? LB_GETCURSEL : LVM_GETNEXTITEM, -1,
            is(of, L"list") ? 0 : LVNI_SELECTED);
        if (row < 0 || row + 5 >= line->count) return;
        Line *view = &lines[line_count];
        Dialog shown = { .first = line_count, .last = line_count + 2, .class = L"#32770",
            .title = L"Ch\x1ee9ng th\x01b0 s\x1ed1" };
        view[0] = (Line){ { L"edit", L"901", L"readonly multiline", line->fields[row + 5] }, 4 };
        view[1] = (Line){ { L"button", L"2", L"\x0110\x00f3ng", L"cancel" }, 4 };
        line_count += 2;
        show(&shown, window);
        line_count -= 2;
    }
}

static LRESULT CALLBACK vanishing(HWND control, UINT message, WPARAM w, LPARAM l) {
    if (message == WM_GETTEXT || message == WM_GETTEXTLENGTH) { EndDialog(GetParent(control), 0); DestroyWindow(GetParent(control)); return 0; }
    return CallWindowProcW(old_static, control, message, w, l);
}

static INT_PTR CALLBACK procedure(HWND window, UINT message, WPARAM w, LPARAM l) {
    Dialog *d = (Dialog *)GetWindowLongPtrW(window, GWLP_USERDATA);
    switch (message) {
    case WM_INITDIALOG:
        SetWindowLongPtrW(window, GWLP_USERDATA, l);
        d = (Dialog *)l;
        for (int i = d->first; i < d->last; i++) fill(window, &lines[i]);
        if (d->flags & PLACED) SetWindowPos(window, NULL, d->x, d->y, 0, 0, SWP_NOSIZE | SWP_NOZORDER);
        if (d->hang) SetTimer(window, 1, d->hang, NULL);
        if (d->vanish) SetTimer(window, 2, d->vanish, NULL);
        if (d->disabled) EnableWindow(GetDlgItem(window, d->disabled), FALSE);
        if (d->flags & MINIMISED) PostMessageW(window, WM_APP, 0, 0);
        if (d->flags & VANISH_ON_READ)
            old_static = (WNDPROC)SetWindowLongPtrW(GetDlgItem(window, 100), GWLP_WNDPROC, (LONG_PTR)vanishing);
        PostMessageW(window, WM_APP + 1, 0, 0); /* handled once the dialog is shown */
        return TRUE;
    case WM_APP + 1: tell(window, L"open", 0); return TRUE;
    case WM_APP: ShowWindow(window, SW_MINIMIZE); return TRUE;
    case WM_WINDOWPOSCHANGING:
        if (d && d->flags & HIDDEN) ((WINDOWPOS *)l)->flags &= ~SWP_SHOWWINDOW;
        return FALSE;
    case WM_TIMER:
        KillTimer(window, w);
        if (w == 1) { tell(window, L"hangs", 0); Sleep(120000); }
        if (w == 2) EndDialog(window, 0);
        return TRUE;
    case WM_CLOSE: tell(window, L"close", 0); EndDialog(window, 0); return TRUE;
    case WM_COMMAND: {
        Line *line = d ? line_of(d, LOWORD(w)) : NULL;
        if (line && is(line, L"button") && HIWORD(w) == BN_CLICKED) press(window, d, line);
        else if (line && is(line, L"check") && HIWORD(w) == BN_CLICKED) tell(window, L"check", LOWORD(w));
        else if (line && is(line, L"combo") && HIWORD(w) == CBN_SELCHANGE) tell(window, L"chosen", LOWORD(w));
        else if (line && is(line, L"list") && HIWORD(w) == LBN_SELCHANGE) tell(window, L"chosen", LOWORD(w));
        return TRUE; }
    }
    return FALSE;
}

static WORD *put_text(WORD *at, const WCHAR *text) {
    while ((*at++ = *text++)) {}
    return at;
}
static WORD *put_item(WORD *at, Line *line, int x, int y, int width, int height) {
    static const struct { const WCHAR *name, *class; DWORD style; } kinds[] = {
        { L"text", L"Static", SS_NOPREFIX }, { L"edit", L"Edit", WS_BORDER | WS_TABSTOP | ES_AUTOHSCROLL },
        { L"button", L"Button", WS_TABSTOP }, { L"check", L"Button", WS_TABSTOP | BS_AUTOCHECKBOX },
        { L"list", L"ListBox", WS_BORDER | WS_TABSTOP | WS_VSCROLL | LBS_NOTIFY },
        { L"combo", L"ComboBox", WS_TABSTOP | CBS_DROPDOWNLIST },
        { L"table", L"SysListView32", WS_BORDER | WS_TABSTOP | LVS_REPORT | LVS_SHOWSELALWAYS | LVS_SINGLESEL } };
    int kind = 0;
    while (wcscmp(kinds[kind].name, line->fields[0])) kind++;
    DWORD style = kinds[kind].style | WS_CHILD | WS_VISIBLE;
    if (is(line, L"edit")) {
        if (wcsstr(line->fields[2], L"password")) style |= ES_PASSWORD;
        if (wcsstr(line->fields[2], L"readonly")) style |= ES_READONLY;
        if (wcsstr(line->fields[2], L"multiline")) style |= ES_MULTILINE;
    }
    at = (WORD *)(((ULONG_PTR)at + 3) & ~(ULONG_PTR)3);
    DLGITEMTEMPLATE item = { style, 0, x, y, width, is(line, L"combo") ? 60 : height, _wtoi(line->fields[1]) };
    memcpy(at, &item, sizeof item);
    at = put_text((WORD *)((BYTE *)at + sizeof item), kinds[kind].class);
    WCHAR text[2048] = L"", *to = text;
    const WCHAR *from = is(line, L"edit") ? (line->count > 3 ? line->fields[3] : L"")
        : is(line, L"list") || is(line, L"combo") || is(line, L"table") ? L"" : line->fields[2];
    for (; *from; from++)
        if (*from == '~') { *to++ = '\r'; *to++ = '\n'; } else *to++ = *from;
    *to = 0;
    at = put_text(at, text);
    *at++ = 0;
    return at;
}

static INT_PTR show(Dialog *d, HWND owner) {
    static BYTE space[4][32768];
    static int depth;
    BYTE *template = space[depth++];
    memset(template, 0, 32768);
    DLGTEMPLATE *head = (DLGTEMPLATE *)template;
    head->style = WS_POPUP | WS_CAPTION | WS_SYSMENU | WS_VISIBLE | DS_SETFONT | DS_MODALFRAME | DS_CENTER | WS_MINIMIZEBOX;
    WORD *at = (WORD *)(head + 1);
    *at++ = 0;
    if (wcscmp(d->class, L"#32770")) {
        WNDCLASSW own = { 0, DefDlgProcW, 0, DLGWINDOWEXTRA, GetModuleHandleW(NULL), NULL, LoadCursorW(NULL, (LPCWSTR)IDC_ARROW),
            (HBRUSH)(COLOR_BTNFACE + 1), NULL, d->class };
        RegisterClassW(&own);
        at = put_text(at, d->class);
    } else *at++ = 0;
    at = put_text(at, d->title);
    *at++ = 9;
    at = put_text(at, L"Tahoma");
    int y = 8, x = 280 - 8, buttons = 0;
    for (int i = d->first; i < d->last; i++) {
        int tall = is(&lines[i], L"list") || is(&lines[i], L"table") ? 52 : is(&lines[i], L"edit") && wcsstr(lines[i].fields[2], L"multiline") ? 64 : 13;
        if (is(&lines[i], L"does")) continue;
        if (is(&lines[i], L"button")) { buttons++; continue; }
        at = put_item(at, &lines[i], 8, y, 264, tall);
        y += tall + 5;
        head->cdit++;
    }
    for (int i = d->last - 1; i >= d->first; i--)
        if (is(&lines[i], L"button")) { at = put_item(at, &lines[i], x -= 68, y + 2, 62, 15); head->cdit++; }
    head->cx = 280;
    head->cy = y + (buttons ? 24 : 4);
    if (d->delay) Sleep(d->delay);
    INT_PTR result = DialogBoxIndirectParamW(GetModuleHandleW(NULL), head, owner, procedure, (LPARAM)d);
    depth--;
    return result;
}

static void add_certificate(const WCHAR *hex) {
    BYTE der[4096];
    DWORD size = sizeof der;
    if (!store) store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    CryptStringToBinaryW(hex, 0, CRYPT_STRING_HEX, der, &size, NULL, NULL);
    CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, size, CERT_STORE_ADD_ALWAYS, NULL);
}
/* As the Windows SDK documents it; the cross compiler's headers do not have it. */
typedef struct {
    DWORD dwSize; HWND hwndParent; DWORD dwFlags; LPCWSTR szTitle; DWORD dwDontUseColumn; LPCWSTR szDisplayString;
    void *pFilterCallback, *pDisplayCallback, *pvCallbackData;
    DWORD cDisplayStores; HCERTSTORE *rghDisplayStores; DWORD cStores; HCERTSTORE *rghStores;
    DWORD cPropSheetPages; void *rgPropSheetPages; HCERTSTORE hSelectedCertStore;
} SELECT_CERTIFICATE;

static void pick(const WCHAR *title, const WCHAR *text) {
    PCCERT_CONTEXT (WINAPI *select)(SELECT_CERTIFICATE *) =
        (void *)GetProcAddress(LoadLibraryW(L"cryptui.dll"), "CryptUIDlgSelectCertificateW");
    SELECT_CERTIFICATE asked = { sizeof asked };
    asked.szTitle = title;
    asked.szDisplayString = text;
    asked.cDisplayStores = 1;
    asked.rghDisplayStores = &store;
    PCCERT_CONTEXT chosen = select(&asked);
    say(L"{\"event\": \"picked\", \"serial\": \"");
    for (DWORD i = chosen ? chosen->pCertInfo->SerialNumber.cbData : 0; i; i--) {
        WCHAR two[4];
        swprintf(two, 4, L"%02x", chosen->pCertInfo->SerialNumber.pbData[i - 1]);
        say(two);
    }
    say(L"\"}\n");
    fflush(stdout);
}

int main(void) {
    static char input[262144];
    size_t size = fread(input, 1, sizeof input - 1, stdin);
    WCHAR *text = calloc(size + 1, sizeof *text), *rest = text;
    MultiByteToWideChar(CP_UTF8, 0, input, (int)size, text, (int)size);
    InitCommonControls();
    while (*rest && line_count < 500) {
        WCHAR *end = wcschr(rest, '\n');
        if (end) *end = 0;
        Line *line = &lines[line_count];
        for (WCHAR *field = rest; field && line->count < MOST; line->count++) {
            WCHAR *tab = wcschr(field, '\t');
            if (tab) *tab++ = 0;
            line->fields[line->count] = field;
            field = tab;
        }
        for (WCHAR *c = rest; *c; c++) if (*c == '\r') *c = 0;
        if (*rest) line_count++;
        if (!end) break;
        rest = end + 1;
    }
    for (int i = 0; i < line_count;) {
        if (is(&lines[i], L"certificate")) add_certificate(lines[i++].fields[1]);
        else if (is(&lines[i], L"picker")) { pick(lines[i].fields[1], lines[i].fields[2]); i++; }
        else {
            Dialog d = { .class = lines[i].fields[1], .title = lines[i].fields[2], .first = i + 1 };
            if (lines[i].count > 4) { d.flags |= PLACED; d.x = _wtoi(lines[i].fields[3]); d.y = _wtoi(lines[i].fields[4]); }
            for (i++; i < line_count && !is(&lines[i], L"window") && !is(&lines[i], L"picker"); i++) {
                if (!is(&lines[i], L"does")) continue;
                WCHAR *what = lines[i].fields[1];
                int number = lines[i].count > 2 ? _wtoi(lines[i].fields[2]) : 0;
                if (!wcscmp(what, L"delay")) d.delay = number;
                if (!wcscmp(what, L"hang")) d.hang = number;
                if (!wcscmp(what, L"vanish")) d.vanish = number;
                if (!wcscmp(what, L"hidden")) d.flags |= HIDDEN;
                if (!wcscmp(what, L"minimised")) d.flags |= MINIMISED;
                if (!wcscmp(what, L"vanish-on-read")) d.flags |= VANISH_ON_READ;
                if (!wcscmp(what, L"disabled")) d.disabled = number;
            }
            d.last = i;
            if (show(&d, NULL) != 1) break;
        }
    }
    say(L"{\"event\": \"ended\"}\n");
    return 0;
}
