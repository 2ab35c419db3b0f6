// SPDX-License-Identifier: Apache-2.0
// Where the joules of a request go, by cause: the library in C++.
#include <energylens/energylens.h>

#include <cstdio>
#include <memory>

int main(int argc, char **argv)
{
    const char *const cause[] = {
        "breakdown_weights_j", "breakdown_kv_read_j", "breakdown_compute_j",
        "breakdown_communication_j", "breakdown_idle_power_j"};
    const double tp = 2, batch = 32, isl = 2000, osl = 400;
    const el_input input[] = {{"tp", &tp, 0},
                              {"batch_size", &batch, 0},
                              {"input_tokens", &isl, 0},
                              {"output_tokens", &osl, 0}};
    const el_subject subject = {argc > 1 ? argv[1] : "llama-3.1-70b", "h200",
                                "fp8", "vLLM", nullptr};
    double joules[5];
    el_output output[5];
    el_predictor *handle = nullptr;
    el_error err;

    for (int i = 0; i < 5; i++)
        output[i] = {cause[i], &joules[i], 1};
    const el_column_set columns = {1, 4, input, 5, output};
    if (el_predictor_open(nullptr, nullptr, nullptr, &handle, &err) != EL_OK) {
        std::fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    std::unique_ptr<el_predictor, void (*)(el_predictor *)> predictor(
        handle, el_predictor_close);
    if (el_predictor_columns(predictor.get(), &subject, &columns, nullptr,
                             &err) != EL_OK) {
        std::fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (int i = 0; i < 5; i++)
        std::printf("%-26s %8.2f J\n", cause[i], joules[i]);
    return 0;
}
