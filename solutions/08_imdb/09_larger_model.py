# %% [markdown]
# ## 9 · A larger model, the same notebook
#
# Change `NAME` in section 3 to `"distilbert-base-uncased"`, 66 million parameters, and both learning rates, `lr`
# of the masking in section 4 and `LR` in section 5, to 5e-5, since larger models break more easily. Then run everything
# again, on a GPU. Nothing else changes: everything was written for *an* encoder, not for this one.
