/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/links.h
 * @brief Times of collectives, fitted to a user's own measurements.
 *
 * Layer: model.
 */
#ifndef EL_LINKS_H
#define EL_LINKS_H
#include "energylens/api.h"
#include "energylens/kernel.h"

EL_API_BEGIN

/** Whose kernels: each has curves of its own. */
typedef enum el_collective {
    EL_COLL_ALL_REDUCE, /**< of the library (NCCL, RCCL) */
    EL_COLL_REDUCE_SCATTER,
    EL_COLL_ALL_GATHER,
    EL_COLL_ALL_TO_ALL,
    EL_COLL_SEND,
    EL_COLL_ONE_SHOT,       /**< all-reduce of engines for small tensors */
    EL_COLL_EXPERT_EXCHANGE /**< dispatch and combine (DeepEP) */
} el_collective;
#define EL_N_COLLECTIVES 7

const char *el_collective_name(el_collective c); /**< "all_reduce", ... */
/** Also "allreduce", "all-reduce", "alltoall", "sendrecv", ...; case does not
 * matter. False: unknown. */
bool el_collective_parse(const char *name, size_t len, el_collective *out);

/** Bytes that pass the link of one GPU for a tensor of `bytes` bytes. */
double el_collective_bus_bytes(el_collective c, double bytes, double gpus);

/**
 * One collective on one number of GPUs.
 *
 *   T = alpha + first min(S / S1, 1) + ramp bus / (bus + 5.8 MB)
 *       + bus / min(n_sm b_sm, B)
 *
 * S: bytes of the tensor, S1: 32 KiB (one-shot: 8 KiB), bus:
 * el_collective_bus_bytes. All coefficients >= 0.
 */
typedef struct el_link_curve {
    el_collective collective;
    double gpus;
    double alpha_s, first_s, ramp_s;
    double bus_bytes_s; /**< B */
    double sm_bytes_s;  /**< b_sm; NaN: SMs were not varied */
} el_link_curve;

#define EL_LINKS_MAX 64u

/** Curves of one GPU, sorted by collective and GPUs. */
typedef struct el_links {
    char gpu[48]; /**< slug */
    el_link_curve curve[EL_LINKS_MAX];
    size_t n;
    /** Watts of an SM that waits or copies, joules a byte on the bus; NaN: no
     * power was measured. */
    double spin_w_per_sm, bus_j_per_byte;
} el_links;

/** The curve at so many bytes and SMs (0: the library's own number). */
double el_link_curve_time(const el_link_curve *curve, double bytes,
                          double n_sm);

/**
 * Time of a collective of `gpus` GPUs: between two measured numbers of GPUs
 * coefficients go in proportion to ln gpus, outside them the nearest counts.
 * NaN: the collective was not measured.
 */
double el_links_time(const el_links *links, el_collective c, double bytes,
                     double gpus, double n_sm);

/** Whether any curve is of such a collective. */
bool el_links_have(const el_links *links, el_comm_kind kind);

/** One measurement. */
typedef struct el_link_row {
    el_collective collective;
    double gpus, bytes, time_s;
    double n_sm;    /**< NaN: the library's own number */
    double power_w; /**< of one GPU meanwhile; NaN not measured */
} el_link_row;

/** What was fitted, and how well. Errors: |predicted / measured - 1|. */
typedef struct el_link_fit {
    el_link_curve curve;
    size_t n, n_size; /**< rows; distinct message sizes */
    double error_median, error_worst;
    double held_median, held_worst; /**< each row from a fit without every
                               other message size; NaN: under 8 sizes */
    double bytes_lo, bytes_hi;      /**< measured sizes */
} el_link_fit;

/**
 * Fit one curve to rows of one collective and one number of GPUs: least
 * squares of relative errors with coefficients >= 0, rows further off than
 * three median errors counted less (Huber). With several numbers of SMs the
 * knee B / b_sm is searched from the fewest to the most SMs measured.
 *
 * @retval EL_OK, EL_E_DATA (fewer than 4 message sizes, or no growth with the
 *         size: "all_reduce of 8 GPUs: ..."), EL_E_NOMEM, EL_E_NUMERIC
 */
EL_NODISCARD el_status el_link_fit_curve(const el_link_row *row, size_t n,
                                         el_link_fit *out, el_error *err);

/**
 * Watts per SM and joules a byte from the rows with a power:
 * P - idle = spin link_sm + e bus / T, least squares, both >= 0. NaN in both
 * where fewer than 4 rows have one.
 *
 * @retval EL_OK, EL_E_NOMEM, EL_E_NUMERIC
 */
EL_NODISCARD el_status el_link_fit_power(const el_link_row *row, size_t n,
                                         const el_device *device,
                                         double *spin_w_per_sm,
                                         double *bus_j_per_byte, el_error *err);

EL_API_END

#endif
