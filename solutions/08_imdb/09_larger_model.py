# %% [markdown]
# ## 9 · A larger model, the same notebook
#
# Change `NAME` in section 3 to `"distilbert-base-uncased"`, 66 million parameters, and run everything again, on a GPU.
# Both learning rates follow, since larger models break more easily. Nothing else changes: everything was written for
# *an* encoder, not for this one.
