"""Score tables on Dask, Spark and Ray; every engine calls one function, :func:`escalation.engines.frames.score_table`.

``engines.dask.score(ddf)``, ``engines.spark.score(df)`` and ``engines.ray.score(dataset)``
take a collection of the engine and give one: a row for each row, with the
columns of docs/reference/columns.md and ``error``, the reason where a row could
not be scored. There is no ``copy_of``: what is a copy depends on all the rows
before it, and an engine has no order.

The model travels as its path and the sha256 of its manifest. Each process loads
it once, and refuses another than the one that the driver named.

Nothing here imports an engine before it is used; each is an extra of its name
(``pip install 'escalation[dask]'``).
"""

from escalation.engines import dask, frames, named, ray, spark

__all__ = ["dask", "frames", "named", "ray", "spark"]
