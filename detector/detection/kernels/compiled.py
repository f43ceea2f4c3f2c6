"""How loops are compiled: with what may be reassociated, and kept on disk.

``fastmath`` is limited to reassociation, so that a sum over alternatives is vectorised; checks for
NaN and infinity stay. What one kernel calls stands beside it: numba keeps what it compiled as long
as the file of the kernel itself is unchanged.
"""

import numba

from detector.detection.kernel_cache import kept

njit = kept(numba.njit(nogil=True, fastmath={"reassoc", "contract", "nsz"}))
njit_exact = kept(numba.njit(nogil=True))
inline = numba.njit(nogil=True)  # LLVM inlines; numba's own inlining costs 20 ns a call
