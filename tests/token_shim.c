/* A PKCS#11 module for tests: SoftHSM2 underneath, with the behaviour of other tokens and drivers laid over it.
 *
 * SHIM_MODULE   the real module
 * SHIM          words, separated by blanks, that switch behaviour on (see below)
 * SHIM_JOURNAL  file to which the name of every interesting call is appended
 * SHIM_TRIES    file with the number of wrong PINs so far (for the word "locking": three and the PIN is locked;
 *               with "jump" one wrong PIN counts for three)
 * SHIM_PIN      what is entered on the device (for the word "pinpad")
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong;
typedef struct { unsigned char major, minor; } version;
/* CK_FUNCTION_LIST is a version and then one pointer per function, in the order of PKCS#11's pkcs11f.h. */
typedef struct { version number; void *call[68]; } functions;
typedef struct {
    unsigned char label[32], manufacturer[32], model[16], serial[16];
    ulong flags, numbers[10];
    version hardware, firmware;
    unsigned char time[16];
} token_info;

enum { INITIALIZE = 0, GET_TOKEN_INFO = 6, OPEN_SESSION = 12, CLOSE_SESSION = 13, LOGIN = 18, LOGOUT = 19, SIGN_INIT = 42, SIGN = 43 };
enum { PIN_INCORRECT = 0xA0, PIN_LOCKED = 0xA4, ALREADY_LOGGED_IN = 0x100, DEVICE_REMOVED = 0x32, CANCELED = 0x50 };
enum { COUNT_LOW = 0x10000, FINAL_TRY = 0x20000, LOCKED = 0x40000, PROTECTED_PATH = 0x100 };

static functions *real, mine;

static int has(const char *word) {
    const char *words = getenv("SHIM");
    return words && strstr(words, word) != NULL;
}

static void note(const char *text) {
    const char *path = getenv("SHIM_JOURNAL");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (file) {
        fprintf(file, "%s\n", text);
        fclose(file);
    }
    if (has("chatty")) {
        printf("chatty: %s\n", text);
        fflush(stdout);
        fprintf(stderr, "chatty: %s\n", text);
    }
}

static int tries(int add) {
    int count = 0;
    FILE *file = fopen(getenv("SHIM_TRIES"), "r");
    if (file) {
        if (fscanf(file, "%d", &count) != 1) count = 0;
        fclose(file);
    }
    if (add) {
        count = add < 0 ? 0 : count + add;
        file = fopen(getenv("SHIM_TRIES"), "w");
        fprintf(file, "%d", count);
        fclose(file);
    }
    return count;
}

static void misbehave(const char *where) {
    char word[64];
    snprintf(word, sizeof word, "hang-%s", where);
    while (has(word)) sleep(60);
    snprintf(word, sizeof word, "crash-%s", where);
    if (has(word)) abort();
}

static ulong initialize(void *arguments) {
    misbehave("load");
    return ((ulong(*)(void *))real->call[INITIALIZE])(arguments);
}

static ulong get_token_info(ulong slot, token_info *info) {
    misbehave("info");
    ulong answer = ((ulong(*)(ulong, token_info *))real->call[GET_TOKEN_INFO])(slot, info);
    if (has("pinpad")) info->flags |= PROTECTED_PATH;
    if (has("locking")) {
        int wrong = tries(0);
        info->flags &= ~(ulong)(COUNT_LOW | FINAL_TRY | LOCKED);
        info->flags |= wrong >= 3 ? LOCKED : wrong == 2 ? FINAL_TRY : wrong == 1 ? COUNT_LOW : 0;
    }
    return answer;
}

static ulong open_session(ulong slot, ulong flags, void *application, void *notify, ulong *session) {
    note(flags & 2 ? "C_OpenSession read-write" : "C_OpenSession");
    return ((ulong(*)(ulong, ulong, void *, void *, ulong *))real->call[OPEN_SESSION])(slot, flags, application, notify, session);
}

static ulong close_session(ulong session) {
    note("C_CloseSession");
    return ((ulong(*)(ulong))real->call[CLOSE_SESSION])(session);
}

static ulong login(ulong session, ulong user, char *pin, ulong length) {
    note(user == 2 ? "C_Login context" : pin ? "C_Login" : "C_Login without PIN");
    if (has("chatty") && pin) {
        printf("chatty: PIN %.*s\n", (int)length, pin);
        fflush(stdout);
        fprintf(stderr, "chatty: PIN %.*s\n", (int)length, pin);
    }
    misbehave("login");
    if (has("already")) return ALREADY_LOGGED_IN;
    if (has("cancel")) return CANCELED;
    if (has("locking") && tries(0) >= 3) return PIN_LOCKED;
    if (has("pinpad") && !pin) {
        pin = getenv("SHIM_PIN");
        length = strlen(pin);
    }
    ulong answer = ((ulong(*)(ulong, ulong, char *, ulong))real->call[LOGIN])(session, user, pin, length);
    if (has("locking")) tries(answer != PIN_INCORRECT ? -1 : has("jump") ? 3 : 1);
    return answer;
}

static ulong logout(ulong session) {
    note("C_Logout");
    return ((ulong(*)(ulong))real->call[LOGOUT])(session);
}

static ulong sign_init(ulong session, void *mechanism, ulong key) {
    note("C_SignInit");
    return ((ulong(*)(ulong, void *, ulong))real->call[SIGN_INIT])(session, mechanism, key);
}

static ulong sign(ulong session, unsigned char *data, ulong length, unsigned char *signature, ulong *size) {
    note("C_Sign");
    misbehave("sign");
    if (has("removed")) return DEVICE_REMOVED;
    ulong answer = ((ulong(*)(ulong, unsigned char *, ulong, unsigned char *, ulong *))real->call[SIGN])(session, data, length, signature, size);
    if (!answer && signature && has("bad-signature")) signature[*size / 2] ^= 1;
    return answer;
}

ulong C_GetFunctionList(functions **list) {
    ulong (*get)(functions **);
    void *library = dlopen(getenv("SHIM_MODULE"), RTLD_NOW);
    if (!library) return 5;
    *(void **)&get = dlsym(library, "C_GetFunctionList");
    if (!get || get(&real)) return 5;
    mine = *real;
    mine.call[INITIALIZE] = initialize;
    mine.call[GET_TOKEN_INFO] = get_token_info;
    mine.call[OPEN_SESSION] = open_session;
    mine.call[CLOSE_SESSION] = close_session;
    mine.call[LOGIN] = login;
    mine.call[LOGOUT] = logout;
    mine.call[SIGN_INIT] = sign_init;
    mine.call[SIGN] = sign;
    *list = &mine;
    return 0;
}
