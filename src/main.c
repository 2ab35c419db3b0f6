/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/verb.h"

int main(int argc, char **argv)
{
    return el_main(argc, argv);
}
