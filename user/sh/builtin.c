/*
 * Commands that the shell runs itself, because they change the shell (cd,
 * exit), know its jobs (jobs, wait), or must work when no process can be
 * started (kill).
 */
#include "sh.h"
#include "user/tool.h"

/* Parse a whole decimal number; false if it is none. */
static bool parse_number(const char *s, int *out)
{
    char *end;
    long value = strtol(s, &end, 10);

    if (end == s || *end != '\0' || value != (int)value) {
        return false;
    }
    *out = (int)value;
    return true;
}

/* Whether there are more words than a command takes; prints a message if so. */
static bool too_many(char **argv, int most)
{
    int n = 0;

    while (argv[n + 1] != NULL) {
        n++;
    }
    if (n > most) {
        fprintf(2, "%s: too many words\n", argv[0]);
    }
    return n > most;
}

/* cd [DIRECTORY]: change the directory in which names are looked up. */
static int builtin_cd(char **argv)
{
    const char *path = argv[1] == NULL ? "/" : argv[1];

    if (too_many(argv, 1)) {
        return 2;
    }
    return chdir(path) < 0 ? complain("cd", path) : 0;
}

/* exit [STATUS]: end the shell. */
static int builtin_exit(char **argv)
{
    int status = shell.status;

    if (too_many(argv, 1)) {
        status = 2;
    } else if (argv[1] != NULL && !parse_number(argv[1], &status)) {
        fprintf(2, "exit: %s is not a number\n", argv[1]);
        status = 2;
    }
    exit(status);
}

/* Whether `word` is a job, "%N"; *number is its number. */
static bool is_job(const char *word, int *number)
{
    return word[0] == '%' && parse_number(word + 1, number);
}

/* Kill the process or job that `word` names; returns the exit status. */
static int kill_one(const char *word)
{
    int number;

    if (is_job(word, &number)) {
        if (jobs_kill(number)) {
            return 0;
        }
        errno = ESRCH;
    } else if (!parse_number(word, &number)) {
        fprintf(2, "kill: %s is not a process\n", word);
        return 1;
    } else if (kill(number) == 0) {
        return 0;
    }
    fprintf(2, "kill: %s: %s\n", word, strerror(errno));
    return 1;
}

/* kill [-s SIGNAL | -SIGNAL] PID|%JOB...: end processes or jobs. */
static int builtin_kill(char **argv)
{
    int status;
    int first = kill_options(argv, &status);

    if (first == 0) {
        return status;
    }
    status = 0;
    for (int i = first; argv[i] != NULL; i++) {
        status |= kill_one(argv[i]);
    }
    return status;
}

/* Wait for the jobs given, or for all. */
static int wait_for(char **argv)
{
    int status = 0;

    if (argv[1] == NULL) {
        jobs_wait_all();
    }
    for (int i = 1; argv[i] != NULL; i++) {
        int number;

        status = STATUS_NO_JOB;
        if (is_job(argv[i], &number)) {
            status = jobs_wait_number(number);
        } else if (parse_number(argv[i], &number)) {
            status = jobs_wait_pid(number);
        }
        if (status == STATUS_NO_JOB) {
            fprintf(2, "wait: %s is not a child of this shell\n", argv[i]);
        }
    }
    return status;
}

/* wait [PID|%JOB...]: wait for these, or for all jobs.  The status is that of
   the last one; 127 if it is not a job; 0 for all. */
static int builtin_wait(char **argv)
{
    watch_start();
    int status = wait_for(argv);
    shell.interrupted = watch_stop();
    return shell.interrupted ? STATUS_INTERRUPTED : status;
}

/* jobs: list what runs in the background. */
static int builtin_jobs(char **argv)
{
    if (too_many(argv, 0)) {
        return 2;
    }
    jobs_collect();
    jobs_list();
    return 0;
}

static const struct builtin {
    const char *name;
    int (*run)(char **argv); // its exit status
} builtins[] = {
    {"cd", builtin_cd},     {"exit", builtin_exit}, {"jobs", builtin_jobs},
    {"kill", builtin_kill}, {"wait", builtin_wait},
};

/* The command of that name, or NULL. */
static const struct builtin *builtin_find(const char *name)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
        if (strcmp(builtins[i].name, name) == 0) {
            return &builtins[i];
        }
    }
    return NULL;
}

/* Whether the shell runs `name` itself. */
bool builtin_is(const char *name)
{
    return builtin_find(name) != NULL;
}

/* Run a command for which builtin_is() holds; returns its status. */
int builtin_run(char **argv)
{
    return output_status(builtin_find(argv[0])->run(argv), argv);
}
