# %% [markdown]
# # Count the books
# A source with every tag and marker, to test the builder with.

# %% tags=["setup"]
from pathlib import Path

shelf = Path("../data/shelf.json")

# %% [markdown] tags=["instructor"]
# Let them guess first.

# %%
books = {
    # stub
    "count": ...,
    # solution
    "count": 3,
    # end
}

# %% tags=["stub"]
total = ...

# %% tags=["check"]
assert total == 3

# %% [markdown] tags=["hint"]
# Look at `books`.

# %% tags=["answer"]
total = books["count"]

# %% [markdown] tags=["solution"]
# The count was there all along.

# %%
total

# %%
total

# %%
# solution
twice = 2 * total
