/* SPDX-License-Identifier: Apache-2.0
 *
 * A library without orrery_register_ops(); for tests.
 */
int answer(void);
int answer(void) { return 42; }
