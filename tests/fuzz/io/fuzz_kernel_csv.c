/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of a table that is taken is used or counted, and any op gets a
 * ratio that is a positive number, or none. */
#include "el_fuzz.h"
#include "el_gpu_sample.h"

#include <math.h>

#include "base/mem.h"
#include "io/kernel_csv.h"

static el_device a_device(void)
{
    const el_gpu gpu = el_sample_a100();
    el_device d;

    require(el_device_make(&gpu, EL_UNKNOWN, EL_UNKNOWN, &d, NULL) == EL_OK);
    return d;
}

static void ask(const el_kernel_table *t)
{
    for (int i = 0; i < 40; i++) {
        double m = ldexp(1, i % 12);
        el_op gemm = {.kind = EL_OP_GEMM,
                      .launches = true,
                      .m = m,
                      .n = 1024,
                      .k = 1024,
                      .weight_bits = i % 2 ? 16 : 8};
        el_op attention = {.kind = EL_OP_ATTENTION,
                           .launches = true,
                           .batch = m,
                           .m = i % 3 ? 1 : 64,
                           .heads = 1,
                           .kv_heads = 1,
                           .head_dim = 128,
                           .context = 32.5,
                           .kv_bytes = 4 * m * 32.5 * 128};
        double a = el_kernel_table_ratio(t, &gemm);
        double b = el_kernel_table_ratio(t, &attention);

        require(isnan(a) || (isfinite(a) && a > 0));
        require(isnan(b) || (isfinite(b) && b > 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_csv *csv = NULL;
    el_device device = a_device();
    el_kernel_table *t = NULL;
    el_kernel_csv_rows rows;
    el_error err = {0};
    el_status st;

    if (el_csv_parse((const char *)data, size, "f", &csv, NULL) != EL_OK)
        return 0;
    require(el_kernel_table_new(&device, &t, NULL) == EL_OK);
    st = el_kernel_csv_add(csv, NULL, "x", t, &rows, &err);
    if (st == EL_OK)
        require(rows.used + rows.impossible + rows.other ==
                el_csv_n_records(csv));
    else
        require(st == EL_E_DATA && strncmp(err.message, "f:", 2) == 0 &&
                !strchr(err.message, '\n'));
    el_kernel_table_finish(t);
    ask(t);
    el_kernel_table_free(t);
    el_csv_free(csv);
    require(el_mem_live() == 0);
    return 0;
}
