/* SPDX-License-Identifier: Apache-2.0 */
/** @file energylens/energylens.h  @brief The whole public interface. */
#ifndef ENERGYLENS_H
#define ENERGYLENS_H
#include "energylens/arch.h"
#include "energylens/calibrate.h"
#include "energylens/catalog.h"
#include "energylens/closed12.h"
#include "energylens/error.h"
#include "energylens/evaluate.h"
#include "energylens/expr.h"
#include "energylens/expr_data.h"
#include "energylens/expr_unit.h"
#include "energylens/facts.h"
#include "energylens/files.h"
#include "energylens/fit.h"
#include "energylens/form.h"
#include "energylens/graph.h"
#include "energylens/group.h"
#include "energylens/kernel.h"
#include "energylens/kernel_table.h"
#include "energylens/known.h"
#include "energylens/links.h"
#include "energylens/optimize.h"
#include "energylens/table.h"
#include "energylens/task.h"
#include "energylens/text.h"
#include "energylens/version.h"
#endif
