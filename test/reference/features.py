"""Features as other programs write them, and the numbers in them: pyarrow's lists and pandas' columns, NumPy's arrays.

Run from the root: python3 test/reference/features.py (needs numpy, pandas and pyarrow; the versions stand in the JSON).
"""

import json
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

folder = "test/reference/features-files"
os.makedirs(folder, exist_ok=True)
n, d = 7, 5
features = np.sin(np.arange(n * d) * 1.7).reshape(n, d).astype(np.float32)
ids = [f"field{chr(65 + i % 2)}/{i // 2:03d}" for i in range(n)]


def table(column, **more):
    return pa.table({"image_path": [f"/data/set/{i}.png" for i in ids], "embedding": column, **more})


rows = [row.tolist() for row in features]
pq.write_table(table(pa.array(rows, pa.list_(pa.float32()))), f"{folder}/list.parquet")
fixed = pa.FixedSizeListArray.from_arrays(pa.array(features.ravel().astype(np.float64)), d)
pq.write_table(table(fixed), f"{folder}/fixed.parquet", compression="zstd", row_group_size=3)
pq.write_table(
    table(pa.array(rows, pa.list_(pa.float32())), other=pa.array(rows, pa.list_(pa.float32()))),
    f"{folder}/two-lists.parquet",
)
uneven = [row[: 5 - (i == 4)] for i, row in enumerate(rows)]
pq.write_table(table(pa.array(uneven, pa.list_(pa.float32()))), f"{folder}/uneven.parquet")
missing = [None if i in (2, 5) else row for i, row in enumerate(rows)]
pq.write_table(table(pa.array(missing, pa.list_(pa.float32()))), f"{folder}/missing.parquet")
words = pa.array([["a", "b"]] * n)
pq.write_table(table(words), f"{folder}/words.parquet")

frame = pd.DataFrame(features, columns=[f"feat_{j}" for j in range(d)][::-1])
frame.insert(0, "id", ids)
frame["mag_1"], frame["mag_2"] = 20.5, 21.5
frame.to_parquet(f"{folder}/columns.parquet")
frame.to_csv(f"{folder}/columns.csv", index=False)

np.save(f"{folder}/array.npy", features.astype(np.float64))
with open(f"{folder}/array.txt", "w") as file:
    file.write("\n".join(ids) + "\n")
np.save(f"{folder}/alone.npy", features)

json.dump(
    {
        "versions": {"numpy": np.__version__, "pandas": pd.__version__, "pyarrow": pa.__version__},
        "ids": ids,
        "features": features.ravel().astype(float).tolist(),
        "shape": [n, d],
    },
    open("test/reference/features.json", "w"),
)
