# SPDX-License-Identifier: Apache-2.0
# The command line alone; library.cmake builds the rest.
target_link_libraries(mien-train PRIVATE mien_train)
