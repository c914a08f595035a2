/* A PKCS#11 module for tests: SoftHSM2 underneath, with the behaviour of other tokens and drivers laid over it.
 *
 * SHIM_MODULE   the real module
 * SHIM          words, separated by blanks, that switch behaviour on (see below); also those in the file MODULE.words
 *               beside the shim, which is read again at each call. A word FUNCTION=0xNUMBER makes a function answer this
 *               number, "blind" hides the PIN's state until somebody tried to log in
 * SHIM_RESERVED text for NSS, which wants its settings as an argument of C_Initialize
 * SHIM_PULL     directory with tokens; with a word pull-FUNCTION it is renamed to DIRECTORY.pulled in this function
 * SHIM_JOURNAL  file to which the name of every interesting call is appended
 * SHIM_TRIES    file with the number of wrong PINs so far (for the word "locking": three and the PIN is locked;
 *               with "jump" one wrong PIN counts for three)
 * SHIM_PIN      what is entered on the device (for the word "pinpad")
 */
#define _GNU_SOURCE /* dladdr */
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

typedef struct { ulong type; void *value; ulong length; } attribute;

enum { INITIALIZE = 0, FINALIZE = 1, GET_TOKEN_INFO = 6, OPEN_SESSION = 12, CLOSE_SESSION = 13, LOGIN = 18, LOGOUT = 19 };
enum { CKA_VALUE = 0x11 };
enum { GET_ATTRIBUTE_VALUE = 24, FIND_OBJECTS_INIT = 26, SIGN_INIT = 42, SIGN = 43 };
enum { PIN_INCORRECT = 0xA0, PIN_LOCKED = 0xA4, ALREADY_LOGGED_IN = 0x100, DEVICE_REMOVED = 0x32, CANCELED = 0x50 };
enum { COUNT_LOW = 0x10000, FINAL_TRY = 0x20000, LOCKED = 0x40000, PROTECTED_PATH = 0x100, INITIALIZED = 0x400 };

static functions *real, mine;
static int logged_in, login_tried;

static const char *words(void) {
    static char text[4096];
    Dl_info own;
    const char *given = getenv("SHIM");
    size_t length = snprintf(text, 2048, "%s ", given ? given : "");
    char path[2048];
    if (dladdr((void *)words, &own)) {
        snprintf(path, sizeof path, "%s.words", own.dli_fname);
        FILE *file = fopen(path, "r");
        if (file) {
            length += fread(text + length, 1, 2000, file);
            fclose(file);
        }
    }
    strcpy(text + length, " ");
    return text;
}

static int has(const char *word) {
    return strstr(words(), word) != NULL;
}

/* What a function is told to answer, or 0. */
static ulong told(const char *function) {
    char word[64];
    snprintf(word, sizeof word, "pull-%s ", function);
    if (has(word)) {
        char away[2048];
        snprintf(away, sizeof away, "%s.pulled", getenv("SHIM_PULL"));
        rename(getenv("SHIM_PULL"), away);
    }
    snprintf(word, sizeof word, "%s=", function);
    const char *found = strstr(words(), word);
    return found ? strtoul(found + strlen(word), NULL, 16) : 0;
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
    snprintf(word, sizeof word, "slow-%s", where);
    if (has(word)) sleep(2);
}

static ulong initialize(void *arguments) {
    misbehave("load");
    /* CK_C_INITIALIZE_ARGS: four functions, flags (2: may use the system's locks), a pointer. */
    void *settings[6] = {NULL, NULL, NULL, NULL, (void *)2, getenv("SHIM_RESERVED")};
    return ((ulong(*)(void *))real->call[INITIALIZE])(settings[5] ? settings : arguments);
}

static ulong finalize(void *reserved) {
    note("C_Finalize");
    return ((ulong(*)(void *))real->call[FINALIZE])(reserved);
}

static ulong get_token_info(ulong slot, token_info *info) {
    misbehave("info");
    ulong answer = ((ulong(*)(ulong, token_info *))real->call[GET_TOKEN_INFO])(slot, info);
    if (has("pinpad")) info->flags |= PROTECTED_PATH;
    if (has("blind") && !login_tried) info->flags &= ~(ulong)(COUNT_LOW | FINAL_TRY | LOCKED);
    if (has("same-serial") && info->flags & INITIALIZED) memset(info->serial, '1', sizeof info->serial);
    if (has("other-token") && info->flags & INITIALIZED) info->serial[0] ^= 1;
    if (told("C_GetTokenInfo")) return told("C_GetTokenInfo");
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
    const char *context = pin ? "C_Login context" : "C_Login context without PIN";
    note(user == 2 ? context : pin ? "C_Login" : "C_Login without PIN");
    if (has("chatty") && pin) {
        printf("chatty: PIN %.*s\n", (int)length, pin);
        fflush(stdout);
        fprintf(stderr, "chatty: PIN %.*s\n", (int)length, pin);
    }
    login_tried = 1;
    misbehave("login");
    if (told("C_Login")) return told("C_Login");
    if (has("already")) return ALREADY_LOGGED_IN;
    if (has("cancel")) return CANCELED;
    if (has("locking") && tries(0) >= 3) return PIN_LOCKED;
    if (has("pinpad") && !pin) {
        pin = getenv("SHIM_PIN");
        length = strlen(pin);
    }
    ulong answer = ((ulong(*)(ulong, ulong, char *, ulong))real->call[LOGIN])(session, user, pin, length);
    if (has("locking")) tries(answer != PIN_INCORRECT ? -1 : has("jump") ? 3 : 1);
    logged_in = !answer;
    return answer;
}

static ulong get_attribute_value(ulong session, ulong object, attribute *template, ulong count) {
    if (has("journal-length") && !template->value) note("C_GetAttributeValue length");
    if (has("no-length") && !template->value) {
        note("C_GetAttributeValue length");
        template->length = 0;
        return 0;
    }
    misbehave("read");
    if (told("C_GetAttributeValue")) return told("C_GetAttributeValue");
    ulong answer = ((ulong(*)(ulong, ulong, attribute *, ulong))real->call[GET_ATTRIBUTE_VALUE])(session, object, template, count);
    if (!answer && template->type == CKA_VALUE && template->value && has("other-certificates"))
        ((unsigned char *)template->value)[template->length - 1] ^= 1; /* in its signature */
    return answer;
}

/* Told what to answer only after login, when the private key is looked for. */
static ulong find_objects_init(ulong session, attribute *template, ulong count) {
    if (logged_in && told("C_FindObjectsInit")) return told("C_FindObjectsInit");
    return ((ulong(*)(ulong, attribute *, ulong))real->call[FIND_OBJECTS_INIT])(session, template, count);
}

static ulong logout(ulong session) {
    note("C_Logout");
    return ((ulong(*)(ulong))real->call[LOGOUT])(session);
}

static ulong sign_init(ulong session, void *mechanism, ulong key) {
    note("C_SignInit");
    if (told("C_SignInit")) return told("C_SignInit");
    return ((ulong(*)(ulong, void *, ulong))real->call[SIGN_INIT])(session, mechanism, key);
}

static ulong sign(ulong session, unsigned char *data, ulong length, unsigned char *signature, ulong *size) {
    note("C_Sign");
    misbehave("sign");
    if (told("C_Sign")) return told("C_Sign");
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
    mine.call[FINALIZE] = finalize;
    mine.call[GET_TOKEN_INFO] = get_token_info;
    mine.call[OPEN_SESSION] = open_session;
    mine.call[CLOSE_SESSION] = close_session;
    mine.call[LOGIN] = login;
    mine.call[LOGOUT] = logout;
    mine.call[GET_ATTRIBUTE_VALUE] = get_attribute_value;
    mine.call[FIND_OBJECTS_INIT] = find_objects_init;
    mine.call[SIGN_INIT] = sign_init;
    mine.call[SIGN] = sign;
    *list = &mine;
    return 0;
}
