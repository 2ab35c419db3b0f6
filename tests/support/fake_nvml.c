/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libnvidia-ml.so that behaves like the real one, for EL_NVML_PATH.
 *
 * FAKE_NVML = "key=value,key=value,..." says what kind of machine it is:
 *   gpus=N           how many (1)
 *   idle=W load=W    power before and after `step` (70, 300)
 *   step=S fall=S    when load begins and ends, after nvmlInit (0, never)
 *   tick=S           the energy counter changes this often (0.1)
 *   start_mj=N       counter at the start (123456789)
 *   drop=S           the counter restarts at 0 then (never)
 *   lost=S           GPU 0 falls off the bus then (never)
 *   no_energy=1      no energy counter       no_power=1  no power
 *   flaky=N          every N-th reading times out
 *   average=1        power is a 1 s average and there is no instant one
 *   mig=1            MIG is on               users=N  processes on each GPU
 *   throttle=HEX     clock event reasons     fail_init=CODE
 *   skew=F           counter shows F times the power's energy (1)
 * Processes and throttle reasons are there under their old names only.
 */
/* NOLINTBEGIN(readability-identifier-naming,concurrency-mt-unsafe): the
   vendor's names; nobody sets variables here */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OK            0
#define INVALID       2
#define NOT_SUPPORTED 3
#define TIMEOUT       10
#define NOT_ENOUGH    7
#define LOST          15

typedef struct field {
    unsigned id, scope;
    long long timestamp, latency_us;
    int type, result;
    union {
        double d;
        unsigned ui;
        unsigned long long ull;
    } value;
} field;

static double begin_s;
static unsigned n_call;
static int handles[64];

int nvmlInit_v2(void);
int nvmlShutdown(void);
const char *nvmlErrorString(int code);
int nvmlDeviceGetCount_v2(unsigned *n);
int nvmlDeviceGetHandleByIndex_v2(unsigned i, int **g);
int nvmlDeviceGetName(int *g, char *text, unsigned cap);
int nvmlDeviceGetUUID(int *g, char *text, unsigned cap);
int nvmlDeviceGetTotalEnergyConsumption(int *g, unsigned long long *mj);
int nvmlDeviceGetPowerUsage(int *g, unsigned *mw);
int nvmlDeviceGetFieldValues(int *g, int n, field *f);
int nvmlDeviceGetClockInfo(int *g, int type, unsigned *mhz);
int nvmlDeviceGetTemperature(int *g, int sensor, unsigned *c);
int nvmlDeviceGetCurrentClocksThrottleReasons(int *g, unsigned long long *why);
int nvmlDeviceGetMigMode(int *g, unsigned *now, unsigned *next);
int nvmlDeviceGetComputeRunningProcesses(int *g, unsigned *n, void *infos);

static double setting(const char *key, double otherwise)
{
    const char *s = getenv("FAKE_NVML");
    size_t len = strlen(key);

    for (; s && *s; s += strcspn(s, ","), s += *s == ',')
        if (strncmp(s, key, len) == 0 && s[len] == '=')
            return strtod(s + len + 1, NULL);
    return otherwise;
}

static double clock_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec - begin_s;
}

/* Energy since init at time t [J]: idle, load from step to fall. */
static double energy_at(double t)
{
    double idle = setting("idle", 70), load = setting("load", 300);
    double a = setting("step", 0), b = setting("fall", 1e9);
    double on = fmin(t, b) - a;

    return idle * t + (load - idle) * (on > 0 ? on : 0);
}

static double power_at(double t)
{
    return t >= setting("step", 0) && t < setting("fall", 1e9)
               ? setting("load", 300)
               : setting("idle", 70);
}

static int trouble(const int *g)
{
    unsigned flaky = (unsigned)setting("flaky", 0);

    if (g == &handles[0] && clock_s() >= setting("lost", 1e9))
        return LOST;
    n_call++;
    return flaky && n_call % flaky == 0 ? TIMEOUT : OK;
}

int nvmlInit_v2(void)
{
    begin_s = 0;
    begin_s = clock_s();
    return (int)setting("fail_init", OK);
}

int nvmlShutdown(void)
{
    return OK;
}

const char *nvmlErrorString(int code)
{
    switch (code) {
    case NOT_SUPPORTED:
        return "Not Supported";
    case 9:
        return "Driver Not Loaded";
    case TIMEOUT:
        return "Timeout";
    case LOST:
        return "GPU is lost";
    default:
        return "Unknown Error";
    }
}

int nvmlDeviceGetCount_v2(unsigned *n)
{
    *n = (unsigned)setting("gpus", 1);
    return OK;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned i, int **g)
{
    if (i >= 64)
        return INVALID;
    *g = &handles[i];
    return OK;
}

int nvmlDeviceGetName(int *g, char *text, unsigned cap)
{
    (void)g;
    (void)snprintf(text, cap, "NVIDIA H100 80GB HBM3");
    return OK;
}

int nvmlDeviceGetUUID(int *g, char *text, unsigned cap)
{
    (void)snprintf(text, cap, "GPU-%08x-fake", (unsigned)(g - handles));
    return OK;
}

int nvmlDeviceGetTotalEnergyConsumption(int *g, unsigned long long *mj)
{
    double tick = setting("tick", 0.1), t = clock_s(), j;
    double drop = setting("drop", 1e9);
    int code = trouble(g);

    if (code != OK)
        return code;
    if (setting("no_energy", 0) > 0)
        return NOT_SUPPORTED;
    t = floor(t / tick) * tick;
    j = setting("skew", 1) * (energy_at(t) - (t >= drop ? energy_at(drop) : 0));
    *mj = (t >= drop ? 0 : (unsigned long long)setting("start_mj", 123456789)) +
          (unsigned long long)(1e3 * j);
    return OK;
}

int nvmlDeviceGetPowerUsage(int *g, unsigned *mw)
{
    double t = clock_s();
    int code = trouble(g);

    if (code != OK)
        return code;
    if (setting("no_power", 0) > 0)
        return NOT_SUPPORTED;
    if (setting("average", 0) > 0 && t > 1)
        *mw = (unsigned)(1e3 * (energy_at(t) - energy_at(t - 1)));
    else
        *mw = (unsigned)(1e3 * power_at(t));
    return OK;
}

int nvmlDeviceGetFieldValues(int *g, int n, field *f)
{
    int code = trouble(g);

    for (int i = 0; i < n; i++) {
        f[i].result = f[i].id == 186 && setting("average", 0) == 0 &&
                              setting("no_power", 0) == 0
                          ? code
                          : NOT_SUPPORTED;
        f[i].type = 1;
        f[i].value.ui = (unsigned)(1e3 * power_at(clock_s()));
    }
    return OK;
}

int nvmlDeviceGetClockInfo(int *g, int type, unsigned *mhz)
{
    (void)g;
    *mhz = type == 1 ? 1980 : 2619;
    return OK;
}

int nvmlDeviceGetTemperature(int *g, int sensor, unsigned *c)
{
    (void)g;
    (void)sensor;
    *c = 53;
    return OK;
}

int nvmlDeviceGetCurrentClocksThrottleReasons(int *g, unsigned long long *why)
{
    const char *s = getenv("FAKE_NVML");
    const char *at = s ? strstr(s, "throttle=") : NULL;

    (void)g;
    *why = at ? strtoull(at + 9, NULL, 16) : 0;
    return OK;
}

int nvmlDeviceGetMigMode(int *g, unsigned *now, unsigned *next)
{
    (void)g;
    *now = *next = setting("mig", 0) > 0;
    return OK;
}

int nvmlDeviceGetComputeRunningProcesses(int *g, unsigned *n, void *infos)
{
    (void)g;
    (void)infos;
    *n = (unsigned)setting("users", 0);
    return *n > 0 ? NOT_ENOUGH : OK;
}
/* NOLINTEND(readability-identifier-naming,concurrency-mt-unsafe) */
