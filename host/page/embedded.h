// SPDX-License-Identifier: Apache-2.0
/// @file
/// The page that every report is made from, put together by page.cmake. It has two places to fill:
/// {{title}}, and {{data}} for the report's JSON.
#ifndef MIEN_HOST_PAGE_EMBEDDED_H
#define MIEN_HOST_PAGE_EMBEDDED_H

/// The text lies between the two.
extern const char mien_page_begin[], mien_page_end[];

#endif
